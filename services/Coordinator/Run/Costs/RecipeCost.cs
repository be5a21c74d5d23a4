using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Run.Costs;

/// <summary>What executing a recipe takes, from the sizes of what it is given; null where a size is not known.</summary>
/// <param name="ReadBytes">Read from the store.</param>
/// <param name="Output">Size of its artifact.</param>
/// <param name="Work">In the unit of <paramref name="Kind"/>: what its time is proportional to.</param>
/// <param name="Kind">Jobs with one kind have one unit of work.</param>
internal sealed record RecipeCost(long? ReadBytes, ArtifactSize? Output, double? Work, WorkKind Kind)
{
    // A line of a training log.
    private const long LogBytesPerStep = 120;

    public static RecipeCost Of(Recipe recipe, Func<Digest, ArtifactSize?> sizeOf)
    {
        var inputs = RecipeInputs.Of(recipe).Select(sizeOf).ToList();
        long? read = inputs.Any(size => size is null) ? null : inputs.Sum(size => size!.ReadBytes);
        return recipe switch
        {
            TrainRecipe train => new RecipeCost(
                read, Flat(LogBytesPerStep * train.Steps), inputs[0]?.Parameters * Tokens(train), new WorkKind("train", "")),
            CheckpointRecipe kept => new RecipeCost(0, Checkpoint(inputs[0]?.Parameters, kept.Train.CheckpointDType), null, new WorkKind("checkpoint", "")),
            ExtractRecipe => new RecipeCost(read, read is { } both ? new ArtifactSize(0, inputs[0]!.Parameters, both) : null, read, new WorkKind("extract", "")),
            MergeRecipe merge => new RecipeCost(
                read,
                merge.DType is { } dtype ? Checkpoint(inputs[0]?.Parameters, dtype) : inputs[0] is { } model ? model with { ReadBytes = model.Bytes } : null,
                read,
                new WorkKind("merge", "")),
            CompareRecipe => new RecipeCost(read, Flat(0), read, new WorkKind("compare", "")),
            EvaluateRecipe evaluate => new RecipeCost(
                read, inputs[1], (double?)inputs[0]?.Parameters * inputs[1]?.Bytes, new WorkKind("evaluate", evaluate.Requests.ToString()[..16])),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.GetType().Name, "The cost of this recipe is not known."),
        };
    }

    private static double Tokens(TrainRecipe train) => train.Phases.Sum(phase => (double)phase.Steps * phase.BatchSize * phase.SequenceLength);

    private static ArtifactSize? Checkpoint(long? parameters, DType dtype) =>
        parameters is { } count ? new ArtifactSize(count * dtype.Size(), count, count * dtype.Size()) : null;

    private static ArtifactSize Flat(long bytes) => new(bytes, 0, bytes);
}
