using Graft.Cli.Commands;
using Graft.Cli.Runs;
using Xunit;

namespace Graft.Tests.Unit.Cli.Runs;

public class RunEndTests
{
    [Fact]
    public void The_first_reason_comes_first_and_the_next_command_last()
    {
        var run = SmallRun.Of(
            Step("merge/M2+M1", V1.StepState.Failed, "The shapes differ."),
            Step("evaluate/merge/M2+M1/gsm", V1.StepState.Blocked, "It needs merge/M2+M1, which failed."),
            Step("merge/M3+M1", V1.StepState.Failed, "The shapes differ too."));
        run.State = V1.RunState.Failed;

        var failure = Assert.Throws<AdvisedException>(() => RunEnd.ThrowUnlessSucceeded(run, "graft retry 1"));

        Assert.Equal(
            "The run failed at merge/M2+M1: The shapes differ. 1 more steps failed. 1 steps could not be done because of it. What is done is kept.", failure.Message);
        Assert.Equal("graft retry 1", failure.Advice);
    }

    [Fact]
    public void A_run_that_broke_off_without_a_failed_step_tells_its_reason_too()
    {
        var run = SmallRun.Of(Step("merge/M2+M1", V1.StepState.Blocked, "The vector store cannot be reached."));
        run.State = V1.RunState.Failed;

        Assert.StartsWith("The run failed at merge/M2+M1: The vector store cannot be reached.", RunEnd.Reason(run), StringComparison.Ordinal);
    }

    [Fact]
    public void Success_is_no_failure_and_cancellation_is_one()
    {
        var run = SmallRun.Of();
        run.State = V1.RunState.Succeeded;
        RunEnd.ThrowUnlessSucceeded(run, "");
        run.State = V1.RunState.Cancelled;

        Assert.Contains("cancelled", Assert.Throws<AdvisedException>(() => RunEnd.ThrowUnlessSucceeded(run, "")).Message, StringComparison.Ordinal);
    }

    private static V1.Step Step(string id, V1.StepState state, string error)
    {
        var step = SmallRun.Step(id, "merge", state);
        step.Error = new V1.JobError { Kind = "Invalid", Message = error };
        return step;
    }
}
