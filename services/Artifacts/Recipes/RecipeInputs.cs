namespace Graft.Artifacts.Recipes;

/// <summary>Which artifacts a recipe is given.</summary>
public static class RecipeInputs
{
    /// <summary>Digests in the recipe's own order, without repetition.</summary>
    public static IReadOnlyList<Digest> Of(Recipe recipe) => [.. All(recipe).Distinct()];

    private static IEnumerable<Digest> All(Recipe recipe) => recipe switch
    {
        TrainRecipe train => [StartOf(train.Start), .. train.Phases.SelectMany(phase => phase.Datasets).Select(data => data.Dataset)],
        CheckpointRecipe checkpoint => All(checkpoint.Train),
        ExtractRecipe extract => [extract.FineTuned, extract.Pretrained],
        MergeRecipe merge => [merge.Base, .. merge.Vectors.Select(vector => vector.Vector)],
        CompareRecipe compare => compare.Artifacts,
        EvaluateRecipe { FewShot: { } shots } evaluate => [evaluate.Checkpoint, evaluate.Requests, shots],
        EvaluateRecipe evaluate => [evaluate.Checkpoint, evaluate.Requests],
        _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.GetType().Name, "The inputs of this recipe are not known."),
    };

    private static Digest StartOf(TrainStart start) => start switch
    {
        CheckpointStart checkpoint => checkpoint.Checkpoint,
        RandomStart random => random.Blueprint,
        _ => throw new ArgumentOutOfRangeException(nameof(start), start.GetType().Name, "The input of this start is not known."),
    };
}
