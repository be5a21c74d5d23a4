using Graft.Coordinator.Plan;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Plan;

public class RunPlanTests
{
    private static readonly RunPlan _plan = DemoSpec.PlanOf(DemoSpec.Yaml);

    [Fact]
    public void The_path_runs_through_the_checkpoint_that_is_waited_for()
    {
        // Recurrent chain from M2 on: M2's own training, then for M3..M5 an extraction, a merge and a training; one evaluation.
        const long Chain = 1 + 240 + (3 * (1 + 1 + 240)) + 1;

        Assert.Equal(240 + 1 + Chain, Path("finetune/M1"));
        Assert.Equal(1 + Chain, Path("finetune/M1@240"));
        Assert.Equal(1, Path("finetune/M1@40"));
        Assert.Equal(240 + 1 + Chain, Path("pretrain/M1"));
        Assert.Equal(3200 + 240 + 240 + 1, Path("pretrain"));
        Assert.Equal(1, Path("evaluate/pt/M1/facts"));
    }

    [Fact]
    public void A_training_job_weighs_its_own_steps_when_nothing_follows() => Assert.Equal(240 + 1, Path("control/M5"));

    [Fact]
    public void Checkpoints_belong_to_their_job_and_need_what_it_needs()
    {
        var train = Step("continual/M2+M1");

        Assert.Equal([40, 80, 120, 160, 200, 240], _plan.Checkpoints(train).Select(kept => kept.TrainingSteps));
        Assert.All(_plan.Checkpoints(train), kept => Assert.Equal(["merge/M2+M1"], kept.Needs.Select(need => need.Id)));
        Assert.Equal(1 + 6 + 2, _plan.Dependents(Step("merge/M2+M1")).Count);
    }

    private static long Path(string id) => _plan.Path(Step(id));

    private static PlanStep Step(string id) => _plan.Steps.Single(step => step.Id == id);
}
