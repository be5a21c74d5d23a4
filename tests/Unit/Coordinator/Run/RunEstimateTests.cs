using Graft.Client;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Run;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public sealed class RunEstimateTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_rest_is_measured_by_what_its_kind_has_taken()
    {
        // 2 s a training step, from the job that ended and the one that runs; 4 s an evaluation.
        (PlanStep, StepStatus)[] steps =
        [
            (Step(StepKind.Train, 10), Done(TimeSpan.FromSeconds(20))),
            (Step(StepKind.Train, 100), new StepStatus { State = StepState.Running, Started = _now.AddSeconds(-80), Progress = new JobProgress(40, 100, "steps", new Dictionary<string, double>(), null) }),
            (Step(StepKind.Evaluate, 0), Done(TimeSpan.FromSeconds(4))),
            (Step(StepKind.Evaluate, 0), new StepStatus { State = StepState.Miss }),
            (Step(StepKind.Checkpoint, 50), new StepStatus()),
            (Step(StepKind.Merge, 0), new StepStatus { State = StepState.Hit }),
        ];

        var alone = RunEstimate.Of(steps, slots: 1, _now);
        var beside = RunEstimate.Of(steps, slots: 2, _now);

        // Left: 60 training steps of 2 s and an evaluation of 4 s; worked: 20 + 80 + 4.
        Assert.Equal(TimeSpan.FromSeconds(124), alone.Remaining);
        Assert.Equal(TimeSpan.FromSeconds(120), beside.Remaining);
        Assert.Equal(TimeSpan.FromSeconds(104), alone.Worked);
        Assert.Equal(104.0 / 228, alone.Done, 1e-12);
    }

    [Fact]
    public void What_has_not_been_measured_is_not_guessed()
    {
        (PlanStep, StepStatus)[] steps =
        [
            (Step(StepKind.Train, 10), Done(TimeSpan.FromSeconds(20))),
            (Step(StepKind.Evaluate, 0), new StepStatus { State = StepState.Miss }),
        ];

        var estimate = RunEstimate.Of(steps, slots: 1, _now);

        Assert.Null(estimate.Remaining);
        Assert.Equal(0.5, estimate.Done);
    }

    [Fact]
    public void A_run_of_hits_is_done()
    {
        var estimate = RunEstimate.Of([(Step(StepKind.Train, 10), new StepStatus { State = StepState.Hit })], slots: 1, _now);

        Assert.Equal(new RunEstimate(1, TimeSpan.Zero, TimeSpan.Zero), estimate);
    }

    private static StepStatus Done(TimeSpan elapsed) => new() { State = StepState.Succeeded, Started = _now - elapsed, Elapsed = elapsed };

    private static PlanStep Step(StepKind kind, int trainingSteps) => new()
    {
        Index = 0,
        Id = "",
        Kind = kind,
        Needs = [],
        Recipe = _ => throw new InvalidOperationException("No recipe is needed."),
        TrainingSteps = trainingSteps,
    };
}
