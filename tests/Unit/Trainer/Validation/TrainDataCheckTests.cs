using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Trainer.Validation;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Validation;

public sealed class TrainDataCheckTests
{
    private static readonly Digest _data = Digest.Of("data"u8);

    [Fact]
    public void Weights_and_templates_that_there_are_pass() =>
        TrainRecipeCheck.Check(Recipe(phase => phase with { Weight = 0.25, MixedWith = [new(_data, 1000), new(_data, 1e-6)], Template = "llama3" }));

    public static TheoryData<Func<TrainPhase, TrainPhase>, string> Wrong => new()
    {
        { phase => phase with { Weight = 0 }, "recipe.phases[0].weight" },
        { phase => phase with { Weight = double.NaN }, "recipe.phases[0].weight" },
        { phase => phase with { MixedWith = [new(_data, 1), new(_data, -1)] }, "recipe.phases[0].mixed_with[1].weight" },
        { phase => phase with { MixedWith = [new(_data, double.PositiveInfinity)] }, "recipe.phases[0].mixed_with[0].weight" },
        { phase => phase with { Template = "chatml" }, "recipe.phases[0].template" },
        // Until models keep rows apart: a row that sees another would be learned from in silence.
        { phase => phase with { Layout = DataLayout.PackedRows }, "recipe.phases[0].layout" },
        { phase => phase with { Layout = DataLayout.Packed }, "recipe.phases[0].mask" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Data_that_cannot_be_is_refused_with_its_field(Func<TrainPhase, TrainPhase> change, string field)
    {
        var fault = Assert.Throws<FaultException>(() => TrainRecipeCheck.Check(Recipe(change)));

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
    }

    private static TrainRecipe Recipe(Func<TrainPhase, TrainPhase> change) => new()
    {
        Start = new CheckpointStart(_data),
        Phases =
        [
            change(new TrainPhase
            {
                Dataset = _data,
                Layout = DataLayout.Padded,
                Mask = LossMask.Completion,
                Steps = 10,
                BatchSize = 2,
                SequenceLength = 16,
                Schedule = new(ScheduleShape.Linear, 1e-3, 0, 0),
            }),
        ],
        Optimizer = new(0.9, 0.999, 1e-8, 0, 1),
        CheckpointSteps = [10],
    };
}
