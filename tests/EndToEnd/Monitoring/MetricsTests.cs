using System.Text.RegularExpressions;
using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>What a server tells Prometheus, after a real run.</summary>
[Collection(nameof(MonitoredRun))]
public sealed partial class MetricsTests(MonitoredRun run)
{
    // Runs, jobs and their steps: on gauges of what runs now, and only there.
    private static readonly string[] _running = ["run", "run_id", "step", "job_id"];

    [Fact]
    public async Task Promtool_finds_nothing_to_say()
    {
        var (code, output) = await Tool.RunAsync("promtool", run.Text, ".", ["check", "metrics"]);

        Assert.True(code == 0, output);
    }

    [Fact]
    public void Every_metric_and_label_is_in_the_README()
    {
        var documented = MetricTable.Read();

        // __name__ aside, these are the exporter's own.
        var told = Samples().Where(sample => sample.Name.StartsWith("graft_", StringComparison.Ordinal))
            .SelectMany(sample => sample.Labels.Keys.Except(["otel_scope_name", "le"]).DefaultIfEmpty("").Select(label => (MetricTable.Family(sample.Name, documented), label)))
            .Distinct();

        Assert.DoesNotContain(told, item => !documented.TryGetValue(item.Item1, out var labels) || (item.label.Length > 0 && !labels.Contains(item.label)));
    }

    [Fact]
    public async Task Series_of_runs_and_jobs_are_gone_with_them()
    {
        Assert.DoesNotContain(Samples(), sample => sample.Labels.Keys.Intersect(_running).Any());
        Assert.NotEmpty(await run.Prometheus.SeriesAsync("graft_training_loss", run.Began));
        // From the samples as they were scraped: a training of this study lasts for one or two of them, and the shortest for none.
        var trained = await run.Prometheus.AskAsync("query", ("query", """last_over_time(graft_run_job_info{kind="train"}[1h])"""));
        var steps = trained.GetProperty("data").GetProperty("result").EnumerateArray().Select(series => series.GetProperty("metric").GetProperty("step").GetString()!).ToList();
        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.Matches(@"^(pretrain|(finetune|control|recurrent)/M[1-5]|continual/M[2-5]\+M[1-4])$", step));
    }

    [Fact]
    public async Task What_is_counted_is_what_the_study_did()
    {
        Assert.Equal(1, Value("graft_runs_ended_total", ("state", "succeeded")));
        // The plan's 24 trainings, less those that two steps share.
        Assert.Equal(Value("graft_jobs_started_total", ("kind", "train")), Value("graft_jobs_ended_total", ("kind", "train"), ("state", "succeeded")));
        Assert.Equal(552, Samples().Where(sample => sample.Name == "graft_steps_ended_total").Sum(sample => sample.Value));
        Assert.Equal(Value("graft_jobs_ended_total", ("kind", "merge"), ("state", "succeeded")), Value("graft_job_duration_seconds_count", ("kind", "merge")));
        // Each merge reads a base, an FT and a PT and writes one of the same size.
        Assert.Equal(3 * Value("graft_merge_bytes_total", ("kind", "merge"), ("direction", "written")), Value("graft_merge_bytes_total", ("kind", "merge"), ("direction", "read")));
        Assert.Equal(0, Value("graft_store_verify_failures_total", ("found_by", "verification")));
        Assert.InRange(Value("graft_store_verified_bytes_total"), 1, double.MaxValue);
        Assert.True(Value("graft_rpc_calls_total", ("method", "graft.v1.VectorStoreService/GetArtifact"), ("code", "NotFound")) > 0);
        var ratio = await run.Prometheus.SeriesAsync("""coding:graft_store_stored:ratio{coding="delta"} < 1""", run.Began);
        Assert.NotEmpty(ratio);
    }

    [Fact]
    public void The_memory_of_a_GPU_is_what_the_driver_says()
    {
        Assert.SkipUnless(run.HasGpu, "Needs a C compiler for the stand-in of NVIDIA's library.");

        Assert.Equal(3L << 30, Value("graft_gpu_memory_used_bytes", ("device", "0")));
        Assert.Equal(16L << 30, Value("graft_gpu_memory_bytes", ("device", "0")));
    }

    private double Value(string name, params (string Name, string Value)[] labels) => Samples().Single(
        sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value)).Value;

    private List<(string Name, Dictionary<string, string> Labels, double Value)> Samples() =>
        [.. SampleLine().Matches(run.Text).Select(line => (
            line.Groups["name"].Value,
            Label().Matches(line.Groups["labels"].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value),
            double.Parse(line.Groups["value"].Value, System.Globalization.CultureInfo.InvariantCulture)))];

    [GeneratedRegex("""^(?<name>[a-z_][a-zA-Z0-9_]*)(\{(?<labels>.*)\})? (?<value>[^ ]+)$""", RegexOptions.Multiline)]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"[,]?""")]
    private static partial Regex Label();
}
