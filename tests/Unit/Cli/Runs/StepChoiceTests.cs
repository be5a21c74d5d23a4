using Graft.Cli.Runs;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Runs;

public class StepChoiceTests
{
    private static readonly V1.Run _run = SmallRun.Of(
        Step("finetune/M1", "train", "a"),
        Step("finetune/M1@40", "checkpoint", "b", needs: "finetune/M1"),
        Step("extract/M1", "extract", "c"),
        Step("merge/M2+M1", "merge", "d"),
        Step("evaluate/merge/M2+M1/gsm", "evaluate", ""));

    [Fact]
    public void A_checkpoint_stands_for_its_training_and_a_step_is_taken_once() =>
        Assert.Equal(["finetune/M1", "merge/M2+M1"], Ids(StepChoice.Choose(_run, ["finetune/M1@40", "merge/M2+M1", "finetune/M1"], 1, 0)));

    [Fact]
    public void A_draw_is_of_jobs_that_are_done_and_the_same_for_one_seed()
    {
        Assert.Equal(["finetune/M1", "extract/M1", "merge/M2+M1"], Ids(StepChoice.Choose(_run, [], 10, 0)));
        var draws = Enumerable.Range(0, 30).Select(seed => string.Join(' ', Ids(StepChoice.Choose(_run, [], 1, seed)))).ToList();
        Assert.Equal(draws, Enumerable.Range(0, 30).Select(seed => string.Join(' ', Ids(StepChoice.Choose(_run, [], 1, seed)))));
        Assert.Equal(3, draws.Distinct().Count());
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        Assert.Contains("did you mean merge/M2+M1?", Refusal("merge/M2M1").Message, StringComparison.Ordinal);
        Assert.Equal(FaultKind.Precondition, Refusal("evaluate/merge/M2+M1/gsm").Kind);
    }

    private static FaultException Refusal(string id) => Assert.Throws<FaultException>(() => StepChoice.Choose(_run, [id], 1, 0));

    private static IEnumerable<string> Ids(IEnumerable<V1.Step> steps) => steps.Select(step => step.Id);

    private static V1.Step Step(string id, string kind, string artifact, string? needs = null)
    {
        var step = SmallRun.Step(id, kind, V1.StepState.Succeeded);
        step.Artifact = artifact;
        step.Needs.AddRange(needs is null ? [] : [needs]);
        return step;
    }
}
