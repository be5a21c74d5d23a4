using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Recipes;

public sealed class RecipeInputsTests
{
    [Fact]
    public void A_training_is_given_its_start_and_every_dataset_of_its_mixture()
    {
        var (start, first, second, third) = (Digest.Of("s"u8), Digest.Of("1"u8), Digest.Of("2"u8), Digest.Of("3"u8));
        var phase = new TrainPhase
        {
            Dataset = first,
            MixedWith = [new(second, 2), new(first, 1), new(third, 0.5)],
            Layout = DataLayout.Padded,
            Mask = LossMask.Completion,
            Steps = 1,
            BatchSize = 1,
            SequenceLength = 1,
            Schedule = new(ScheduleShape.Constant, 1, 0, 0),
        };
        var recipe = new TrainRecipe
        {
            Start = new CheckpointStart(start),
            Phases = [phase, phase with { MixedWith = [] }],
            Optimizer = new(0.9, 0.95, 1e-8, 0, 1),
            CheckpointSteps = [2],
        };

        Assert.Equal([start, first, second, third], RecipeInputs.Of(recipe));
        Assert.Equal([start, first, second, third], RecipeInputs.Of(new CheckpointRecipe(recipe, 1)));
    }
}
