using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>One tensor of a merge.</summary>
/// <param name="Start">The base's tensor; rows it lacks are zeros.</param>
/// <param name="Pairs">The tensors of each vector, in the recipe's order; rows that PT lacks are zeros.</param>
/// <param name="Shape">Shape of the result: FT's.</param>
internal sealed record MergeTensor(TensorEntry Start, IReadOnlyList<TensorPair> Pairs, IReadOnlyList<long> Shape)
{
    /// <summary>Bytes of the result.</summary>
    public long Size => Shape.Aggregate((long)Start.DType.Size(), (product, extent) => checked(product * extent));
}

/// <summary>What a merge will do, decided from manifests and config.json alone.</summary>
/// <param name="Tensors">In order of their names.</param>
/// <param name="Scales">Factor of each vector.</param>
/// <param name="Files">Config and tokenizer of the result.</param>
internal sealed record MergePlan(IReadOnlyList<MergeTensor> Tensors, IReadOnlyList<double> Scales, IReadOnlyList<FileEntry> Files)
{
    // Written by transformers beside the weights; all other files make the tokenizer.
    private static readonly string[] _configFiles = [ConfigFacts.File, "generation_config.json"];

    /// <summary>What can be refused before anything is fetched.</summary>
    /// <exception cref="FaultException">Invalid.</exception>
    public static void CheckRecipe(MergeRecipe recipe, int maxVectors)
    {
        var problems = new Problems();
        if (recipe.Vectors.Count == 0 || recipe.Vectors.Count > maxVectors)
        {
            problems.Add("recipe.vectors", $"A merge takes 1 to {maxVectors} vectors, not {recipe.Vectors.Count}.");
        }

        for (var i = 0; i < recipe.Vectors.Count; i++)
        {
            if (!double.IsFinite(recipe.Vectors[i].Scale))
            {
                problems.Add(
                    $"recipe.vectors[{i}].scale", $"The scale of vector {recipe.Vectors[i].Vector.Short} is {recipe.Vectors[i].Scale}; give a finite one.");
            }
        }

        problems.ThrowIfAny();
    }

    /// <exception cref="FaultException">Invalid: what does not fit, by the tensors' names.</exception>
    public static MergePlan Of(Source start, IReadOnlyList<VectorSource> vectors, Provenance configFrom, Provenance tokenizerFrom)
    {
        var problems = new Problems();
        foreach (var vector in vectors)
        {
            TensorFit.Check(vector.Pretrained, vector.FineTuned, problems);
            TensorFit.Check(start, vector.FineTuned, problems);
            if (TensorFit.Rows(vector.FineTuned) != TensorFit.Rows(vectors[0].FineTuned))
            {
                problems.Add(
                    vector.FineTuned.Field,
                    $"The tensor {TensorFit.Embedding} has {TensorFit.Rows(vector.FineTuned)} rows in {vector.FineTuned}, but "
                    + $"{TensorFit.Rows(vectors[0].FineTuned)} in {vectors[0].FineTuned}; vectors of one merge need one vocabulary.");
            }
        }

        problems.ThrowIfAny();
        var config = Choose(start, vectors[0], configFrom);
        CheckConfig(config, TensorFit.Rows(vectors[0].FineTuned), problems);
        problems.ThrowIfAny();

        var tokenizer = Choose(start, vectors[0], tokenizerFrom);
        return new MergePlan(
            [.. start.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => Tensor(tensor, vectors))],
            [.. vectors.Select(vector => vector.Scale)],
            [.. config.Manifest.Files.Where(file => _configFiles.Contains(file.Path))
                .Concat(tokenizer.Manifest.Files.Where(file => !_configFiles.Contains(file.Path)))
                .OrderBy(file => file.Path, StringComparer.Ordinal)]);
    }

    private static Source Choose(Source start, VectorSource first, Provenance provenance) => provenance switch
    {
        Provenance.Base => start,
        Provenance.FineTuned => first.FineTuned,
    };

    private static void CheckConfig(Source config, long? rows, Problems problems)
    {
        if (config.Config is null)
        {
            problems.Add("recipe.config_from", $"There is no {ConfigFacts.File} in {config}; take the config from the other side.");
        }
        else if (rows is not null && config.Config.VocabularySize is { } size && size != rows)
        {
            problems.Add(
                "recipe.config_from",
                $"The merge has {rows} rows of {TensorFit.Embedding}, but the {ConfigFacts.File} of {config} says vocab_size {size}; "
                + "take the config from the side whose vocabulary it is.");
        }
    }

    private static MergeTensor Tensor(TensorEntry start, IReadOnlyList<VectorSource> vectors)
    {
        TensorPair[] pairs = [.. vectors.Select(
            vector => new TensorPair(vector.FineTuned.Tensors[start.Name], vector.Pretrained.Tensors[start.Name]))];
        return new MergeTensor(start, pairs, pairs[0].FineTuned.Shape);
    }
}
