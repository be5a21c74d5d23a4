using System.Diagnostics;
using Graft.Cli.Connections;
using Graft.Cli.Demo;
using Graft.Client;

namespace Graft.Tests.Benchmarks;

/// <summary>What coordination costs: the full demo, once for real and once with every step a hit, through the real services.</summary>
internal static class OrchestrationBenchmark
{
    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("graft-benchmark-").FullName;
        await using var server = await LocalServer.StartAsync(new LocalServerSettings(folder), CancellationToken.None);
        using var client = new GraftClient(new ClientOptions { Server = server.Address }, TimeProvider.System);
        var spec = new DemoSpec(DemoPreset.Full, 0);
        var inputs = await DemoUpload.WriteAsync(client.Store, spec, CancellationToken.None);
        var message = new V1.RunSpec { Yaml = spec.ToYaml() };
        message.Inputs.AddRange(inputs.Select(input => new V1.Input { Reference = spec.NameOf(input.Key), Artifact = input.Value.ToString() }));

        var (first, run) = await TimeAsync(client, message);
        var (second, again) = await TimeAsync(client, message);
        var busy = run.Steps.Where(step => step.Kind is "train" or "evaluate" && step.Elapsed is not null)
            .Select(step => (Begin: step.Started.ToDateTime(), End: step.Started.ToDateTime() + step.Elapsed.ToTimeSpan()));
        Measurement.Row($"first run, {run.Steps.Count} steps", $"{first.TotalSeconds:F1} s");
        Measurement.Row("share without training or evaluation", $"{1 - (Covered(busy) / first):P1}");
        Measurement.Row("second run, all hits", $"{second.TotalMilliseconds:F0} ms", $"{second.TotalMilliseconds / again.Steps.Count:F2} ms a step");
    }

    private static async Task<(TimeSpan Wall, V1.Run Run)> TimeAsync(GraftClient client, V1.RunSpec spec)
    {
        var began = Stopwatch.GetTimestamp();
        var started = await client.Coordinator.StartAsync(spec, CancellationToken.None);
        var last = started;
        await foreach (var run in client.Coordinator.WatchAsync(started.Id, CancellationToken.None))
        {
            last = run;
        }

        return (Stopwatch.GetElapsedTime(began), last);
    }

    /// <summary>Time covered by at least one of the intervals.</summary>
    private static TimeSpan Covered(IEnumerable<(DateTime Begin, DateTime End)> intervals)
    {
        var (covered, reached) = (TimeSpan.Zero, DateTime.MinValue);
        foreach (var (begin, end) in intervals.OrderBy(interval => interval.Begin))
        {
            var from = begin > reached ? begin : reached;
            covered += end > from ? end - from : TimeSpan.Zero;
            reached = end > reached ? end : reached;
        }

        return covered;
    }
}
