using Graft.Evaluator.Jobs;
using Graft.Hosting.Jobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Jobs;

public sealed class EvaluationProgressTests
{
    [Fact]
    public void Remaining_time_is_reckoned_by_tokens_and_progress_counts_items()
    {
        var time = new FakeTimeProvider();
        var job = new TrackedJob(1, new JobRequest("id", "evaluate", (_, _) => Task.CompletedTask), time.GetUtcNow());
        var progress = new EvaluationProgress(new JobContext(job), requests: 10, tokens: 400, time);

        time.Advance(TimeSpan.FromSeconds(2));
        progress.Add(1, 50);
        time.Advance(TimeSpan.FromSeconds(2));
        progress.Add(4, 50);

        var state = job.Snapshot().Progress;
        Assert.Equal((5, 10, "items"), (state.Completed, state.Total, state.Unit));
        Assert.Equal(TimeSpan.FromSeconds(12), state.Remaining.ToTimeSpan());
        Assert.Equal(("tokens_per_second", 25), (state.Metrics[0].Name, state.Metrics[0].Value));
    }
}
