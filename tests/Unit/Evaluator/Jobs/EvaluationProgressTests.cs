using Graft.Evaluator.Jobs;
using Graft.Evaluator.Tasks;
using Graft.Hosting.Jobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Jobs;

public sealed class EvaluationProgressTests
{
    [Fact]
    public void Remaining_time_is_reckoned_by_the_tokens_of_this_attempt_and_progress_counts_items()
    {
        var time = new FakeTimeProvider();
        var job = new TrackedJob(1, new JobRequest("id", "evaluate", (_, _) => Task.CompletedTask), time.GetUtcNow());
        var progress = new EvaluationProgress(new JobContext(job), requests: 11, tokens: 1400, before: new WorkDone(1, 1000), time);

        time.Advance(TimeSpan.FromSeconds(2));
        progress.Add(new WorkDone(1, 50));
        time.Advance(TimeSpan.FromSeconds(2));
        progress.Add(new WorkDone(4, 50));

        var state = job.Snapshot().Progress;
        Assert.Equal((6, 11, "items"), (state.Completed, state.Total, state.Unit));
        Assert.Equal(TimeSpan.FromSeconds(12), state.Remaining.ToTimeSpan());
        Assert.Equal(("tokens_per_second", 25), (state.Metrics[0].Name, state.Metrics[0].Value));
    }
}
