using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>A file of the result and the checkpoint it is taken from.</summary>
internal sealed record PlannedFile(FileEntry Entry, Source From);

/// <summary>What a merge will do, decided from headers and config.json alone.</summary>
/// <param name="Tensors">In order of their names.</param>
/// <param name="Settings">Method and element types.</param>
/// <param name="Files">Config and tokenizer of the result.</param>
/// <param name="Sources">The base, then FT and PT of each vector.</param>
internal sealed record MergePlan(
    IReadOnlyList<MergeTensor> Tensors, MergeSettings Settings, IReadOnlyList<PlannedFile> Files, IReadOnlyList<Source> Sources)
{
    // Written by transformers beside the weights; all other files make the tokenizer.
    private static readonly string[] _configFiles = [ConfigFacts.File, "generation_config.json"];

    public long Parameters => Tensors.Sum(tensor => tensor.Elements);

    /// <summary>Raw bytes to be read for the merge itself; what a method surveys before comes on top.</summary>
    public long ReadBytes => Tensors.Where(tensor => !tensor.IsCopy).Sum(tensor => tensor.Reads.Sum(entry => entry.Size));

    public long WriteBytes => Tensors.Sum(tensor => tensor.Size) + Files.Sum(file => file.Entry.Size);

    /// <exception cref="FaultException">Invalid: what does not fit, by the tensors' names.</exception>
    public static MergePlan Of(Source start, IReadOnlyList<VectorSource> vectors, MergeSettings settings)
    {
        var problems = new Problems();
        var plan = Examine(start, vectors, settings, problems);
        problems.ThrowIfAny();
        return plan!;
    }

    /// <summary>Looks at everything at once.</summary>
    /// <param name="start">The base.</param>
    /// <param name="vectors">At least one.</param>
    /// <param name="settings">Checked for themselves before.</param>
    /// <param name="problems">Takes whatever does not fit.</param>
    /// <returns>The plan; null when there were problems.</returns>
    public static MergePlan? Examine(Source start, IReadOnlyList<VectorSource> vectors, MergeSettings settings, Problems problems)
    {
        foreach (var vector in vectors)
        {
            TensorFit.Check(vector.Pretrained, vector.FineTuned, problems);
            TensorFit.Check(start, vector.FineTuned, problems);
            CheckVocabulary(vectors[0].FineTuned, vector.FineTuned, problems);
        }

        if (settings.Method is MergeMethod.Interpolation && !vectors[0].Pretrained.IsSame(start))
        {
            problems.Add(
                vectors[0].Pretrained.Field,
                $"An interpolation goes from the base to a checkpoint, but the vector begins at {vectors[0].Pretrained} and not at {start}.");
        }

        CheckPatterns(start, vectors, settings, problems);
        var config = settings.ConfigFrom == Provenance.Base ? start : vectors[0].FineTuned;
        CheckConfig(config, vectors[0].FineTuned, problems);
        if (problems.Any)
        {
            return null;
        }

        var tokenizer = settings.TokenizerFrom == Provenance.Base ? start : vectors[0].FineTuned;
        return new MergePlan(
            [.. start.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => Tensor(tensor, vectors, settings))],
            settings,
            [.. FilesOf(config, file => _configFiles.Contains(file.Path)).Concat(FilesOf(tokenizer, file => !_configFiles.Contains(file.Path)))
                .OrderBy(file => file.Entry.Path, StringComparer.Ordinal)],
            [start, .. vectors.SelectMany(vector => new[] { vector.FineTuned, vector.Pretrained })]);
    }

    private static IEnumerable<PlannedFile> FilesOf(Source from, Func<FileEntry, bool> isTaken) =>
        from.Manifest.Files.Where(isTaken).Select(file => new PlannedFile(file, from));

    private static void CheckVocabulary(Source first, Source other, Problems problems)
    {
        if (TensorFit.Rows(other) != TensorFit.Rows(first))
        {
            problems.Add(
                other.Field,
                $"The tensor {TensorFit.Embedding} has {TensorFit.Rows(other)} rows in {other}, but {TensorFit.Rows(first)} in {first}; "
                + "vectors of one merge need one vocabulary.");
        }
    }

    private static void CheckPatterns(Source start, IReadOnlyList<VectorSource> vectors, MergeSettings settings, Problems problems)
    {
        for (var i = 0; i < settings.TensorScales.Count; i++)
        {
            if (!start.Tensors.Keys.Any(name => TensorPattern.Matches(settings.TensorScales[i].Pattern, name)))
            {
                problems.Add($"recipe.tensor_scales[{i}]", $"No tensor of {start} has a name that matches '{settings.TensorScales[i].Pattern}'.");
            }
        }

        foreach (var tensor in start.Tensors.Values.Where(tensor => TensorPattern.FactorOf(tensor.Name, settings.TensorScales) == 0))
        {
            if (vectors[0].FineTuned.Tensors.TryGetValue(tensor.Name, out var grown) && grown.Size / grown.DType.Size() > tensor.Size / tensor.DType.Size())
            {
                problems.Add(
                    "recipe.tensor_scales",
                    $"The tensor {tensor.Name} is left as the base has it, but its vocabulary has grown: the rows of the new tokens would be zero.");
            }
        }
    }

    private static void CheckConfig(Source config, Source result, Problems problems)
    {
        if (config.Config is null)
        {
            problems.Add("recipe.config_from", $"There is no {ConfigFacts.File} in {config}; take the config from the other side.");
            return;
        }

        if (TensorFit.Rows(result) is { } rows && config.Config.VocabularySize is { } size && size != rows)
        {
            problems.Add(
                "recipe.config_from",
                $"The merge has {rows} rows of {TensorFit.Embedding}, but the {ConfigFacts.File} of {config} says vocab_size {size}; "
                + "take the config from the side whose vocabulary it is.");
        }

        if (config.Config.TiesHead == false && TensorFit.Rows(result) is not null && !result.Tensors.ContainsKey(TensorFit.Head))
        {
            problems.Add(
                "recipe.config_from",
                $"The merge has no {TensorFit.Head}, but the {ConfigFacts.File} of {config} says that the head is not tied to the embedding; "
                + "take the config from a side whose head is.");
        }
    }

    private static MergeTensor Tensor(TensorEntry start, IReadOnlyList<VectorSource> vectors, MergeSettings settings)
    {
        var shape = vectors[0].FineTuned.Tensors[start.Name].Shape;
        if (!start.DType.IsFloat())
        {
            // The same in all: TensorFit compares the digests, and where there are none the bytes are compared before the merge.
            return new MergeTensor(start, [], shape, start.DType);
        }

        var factor = TensorPattern.FactorOf(start.Name, settings.TensorScales);
        var isInterpolation = settings.Method is MergeMethod.Interpolation;
        List<TensorTerm> terms = [];
        for (var i = 0; i < vectors.Count; i++)
        {
            var (fineTuned, pretrained) = (vectors[i].FineTuned.Tensors[start.Name], vectors[i].Pretrained.Tensors[start.Name]);
            terms.Add(new TensorTerm(i, fineTuned, isInterpolation ? null : pretrained, vectors[i].Scale, vectors[i].Scale * factor));
        }

        var dtype = settings.DType ?? start.DType;
        return isInterpolation && terms[0].Scale == 1
            ? new MergeTensor(terms[0].FineTuned, [], shape, dtype, factor)
            : new MergeTensor(start, [.. terms.Where(term => term.Scale != 0)], shape, dtype, factor);
    }
}
