using Graft.Cli.Runs;
using Xunit;
using static Graft.Tests.Unit.Cli.Runs.SmallRun;

namespace Graft.Tests.Unit.Cli.Runs;

public sealed class RunMeterTests
{
    [Fact]
    public void Steps_are_counted_by_what_became_of_them()
    {
        var meter = RunMeter.Of(
            Of(
                Step("a", "merge", V1.StepState.Hit), Step("b", "merge", V1.StepState.Succeeded), Step("c", "merge", V1.StepState.Waiting),
                Step("d", "merge", V1.StepState.Running), Step("e", "merge", V1.StepState.Miss)),
            Spec,
            2);

        Assert.Equal((2, 5, 1), (meter.Done, meter.Total, meter.Hits));
        Assert.Equal(["d"], meter.Running.Select(step => step.Id));
    }

    [Fact]
    public void A_run_of_hits_is_done_at_once()
    {
        var meter = RunMeter.Of(Of(Step("a", "train", V1.StepState.Hit), Step("b", "evaluate", V1.StepState.Hit)), Spec, 2);

        Assert.Equal((1.0, TimeSpan.Zero), (meter.Fraction, meter.Remaining));
    }

    [Fact]
    public void Trainings_to_come_take_as_long_as_those_that_ended()
    {
        var meter = RunMeter.Of(
            Of(Step("finetune/M1", "train", V1.StepState.Succeeded, elapsed: 24), Step("finetune/M2", "train", V1.StepState.Waiting)), Spec, 1);

        Assert.Equal(TimeSpan.FromSeconds(24), meter.Remaining);
        Assert.Equal(0.5, meter.Fraction, 6);
    }

    [Fact]
    public void The_running_training_tells_the_speed_before_any_has_ended()
    {
        var meter = RunMeter.Of(Of(Training("pretrain", 1600, 3200, 80), Step("finetune/M1", "train", V1.StepState.Waiting)), Spec, 1);

        // 0.05 s a step: 80 s of pretraining and 12 s of fine-tuning are left.
        Assert.Equal(TimeSpan.FromSeconds(92), meter.Remaining);
        Assert.Equal(80.0 / 172, meter.Fraction, 6);
    }

    [Fact]
    public void Several_slots_share_the_work_but_not_one_job()
    {
        var steps = new[] { Training("pretrain", 1600, 3200, 80), Step("finetune/M1", "train", V1.StepState.Waiting) };

        Assert.Equal(TimeSpan.FromSeconds(80), RunMeter.Of(Of(steps), Spec, 4).Remaining);
    }

    [Fact]
    public void A_checkpoint_is_no_job() =>
        Assert.Empty(RunMeter.Of(Of(Step("pretrain/M1", "checkpoint", V1.StepState.Running)), Spec, 2).Running);
}
