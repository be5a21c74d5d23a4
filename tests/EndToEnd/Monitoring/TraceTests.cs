using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>The spans of a real run as they came over OTLP.</summary>
[Collection(nameof(MonitoredRun))]
public sealed class TraceTests(MonitoredRun run)
{
    private readonly SpanTree _spans = new(run.Collector.Spans);

    [Fact]
    public void A_run_is_below_the_call_that_started_it()
    {
        var span = _spans.Named("run").Single();

        Assert.Equal("graft.v1.CoordinatorService/StartRun", _spans.Above(span).Last().Name);
        Assert.Equal("succeeded", span.Attributes["graft.run.state"]);
    }

    [Fact]
    public void Every_job_has_a_trace_of_its_own_that_is_linked_to_the_run()
    {
        var whole = _spans.Named("run").Single();
        var jobs = _spans.All.Where(span => span.Name.StartsWith("job ", StringComparison.Ordinal)).ToList();

        Assert.Equal(["job evaluate", "job extract", "job merge", "job train"], jobs.Select(job => job.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(jobs, job => Assert.Equal("", job.Parent));
        // Two steps of a run may wait for one job.
        Assert.All(jobs, job => Assert.Equal([whole.Id], job.LinkedSpans.Distinct()));
        Assert.Equal(jobs.Count, jobs.Select(job => job.Trace).Distinct().Count());
        Assert.Equal(jobs.Count, jobs.Select(job => job.Attributes["graft.job.id"]).Distinct().Count());
    }

    [Theory]
    [InlineData("train", "graft.v1.TrainerService/Train", "train steps")]
    [InlineData("extract", "graft.v1.MergerService/Extract", "measure norms")]
    [InlineData("merge", "graft.v1.MergerService/Merge", "merge tensors")]
    [InlineData("evaluate", "graft.v1.EvaluatorService/Evaluate", "score requests")]
    public void A_job_is_one_tree_from_the_queue_to_the_objects(string kind, string method, string work)
    {
        var executed = _spans.Named($"execute {kind}").ToList();
        Assert.NotEmpty(executed);
        foreach (var span in executed)
        {
            // The call on the server, its request, the call on the client, the attempt, the job.
            Assert.Equal([method, "POST", method, "attempt", $"job {kind}"], _spans.Above(span).Select(above => above.Name));
            Assert.Equal(_spans.Above(span).Last().Attributes["graft.job.id"], span.Attributes["graft.job.id"]);
            Assert.Equal("succeeded", span.Attributes["graft.job.state"]);
            Assert.Contains(_spans.OfTrace(span.Trace), other => other.Name == work && other.Parent == span.Id);
            // What the worker asked the store, and what the store asked its objects.
            var stored = _spans.OfTrace(span.Trace).Where(other => other.Name == "object put").ToList();
            Assert.NotEmpty(stored);
            Assert.All(stored, put => Assert.Contains(span, _spans.Above(put)));
        }
    }

    [Fact]
    public void Nothing_is_traced_that_only_asks_whether_somebody_is_there() => Assert.DoesNotContain(
        _spans.All, span => span.Name.Contains("grpc.", StringComparison.Ordinal) || span.Name.Contains("metrics", StringComparison.Ordinal));
}
