using Graft.Coordinator.Run;
using Graft.Coordinator.Run.Costs;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run.Costs;

public class SpeedsTests
{
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_time_is_work_over_the_speed_of_earlier_jobs()
    {
        // 300 in 30 seconds: 10 a second.
        var speeds = Speeds.Of([Run(Outcome("train", "", 100, 20, 0), Outcome("train", "", 200, 10, 1))]);

        Assert.Equal(TimeSpan.FromSeconds(50), speeds.Estimate(new WorkKind("train", ""), 500));
        Assert.Null(speeds.Estimate(new WorkKind("merge", ""), 500));
        Assert.Null(speeds.Estimate(new WorkKind("train", ""), null));
        Assert.Equal(("train", 2, 10.0, _start.AddDays(1)), speeds.All.Select(item => (item.Job, item.Speed.Jobs, item.Speed.WorkPerSecond, item.Speed.Newest)).Single());
    }

    [Fact]
    public void A_task_has_its_own_speed_and_one_never_seen_that_of_all()
    {
        var speeds = Speeds.Of([Run(Outcome("evaluate", "slow", 100, 100, 0)), Run(Outcome("evaluate", "fast", 300, 100, 1))]);

        Assert.Equal(TimeSpan.FromSeconds(60), speeds.Estimate(new WorkKind("evaluate", "slow"), 60));
        Assert.Equal(TimeSpan.FromSeconds(20), speeds.Estimate(new WorkKind("evaluate", "fast"), 60));
        Assert.Equal(TimeSpan.FromSeconds(30), speeds.Estimate(new WorkKind("evaluate", "new"), 60));
    }

    [Fact]
    public void The_newest_hundred_count_and_what_was_not_measured_does_not()
    {
        var old = Enumerable.Range(0, 50).Select(day => Outcome("merge", "", 1, 1000, day));
        var later = Enumerable.Range(50, 100).Select(day => Outcome("merge", "", 10, 1, day));
        var failed = new StepOutcome(_start, TimeSpan.FromSeconds(1), new StepError("Invalid", "No."));

        var speeds = Speeds.Of([Run([.. old, .. later, failed])]);

        Assert.Equal(TimeSpan.FromSeconds(2), speeds.Estimate(new WorkKind("merge", ""), 20));
    }

    private static StepOutcome Outcome(string kind, string task, double work, int seconds, int day) =>
        new(_start.AddDays(day), TimeSpan.FromSeconds(seconds), null) { Kind = kind, Task = task, Work = work };

    private static StoredRun Run(params StepOutcome[] outcomes) => new()
    {
        Id = "0123456789abcdef",
        Name = "run",
        Yaml = "",
        Inputs = new Dictionary<string, Graft.Artifacts.Digest>(),
        State = RunState.Succeeded,
        Started = _start,
        Outcomes = outcomes.Index().ToDictionary(item => $"{item.Index}", item => item.Item),
    };
}
