using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Merger.Planning;

/// <summary>How a merge is done, whatever it is done to: what a recipe says beside its base and vectors.</summary>
internal sealed record MergeSettings(
    MergeMethod Method,
    IReadOnlyList<TensorScale> TensorScales,
    DType? DType,
    bool CastInputs,
    Provenance ConfigFrom,
    Provenance TokenizerFrom)
{
    public static MergeSettings Of(MergeRecipe recipe) =>
        new(recipe.Method, recipe.TensorScales, recipe.DType, recipe.CastInputs, recipe.ConfigFrom, recipe.TokenizerFrom);

    /// <summary>Element type every input is rounded to before anything is computed; null: none.</summary>
    public DType? Cast => CastInputs ? DType : null;

    /// <summary>What is wrong with the settings themselves.</summary>
    /// <param name="scales">Factors of the vectors.</param>
    /// <param name="maxVectors">Vectors of one merge.</param>
    /// <param name="problems">Takes it.</param>
    public void Check(IReadOnlyList<double> scales, int maxVectors, Problems problems)
    {
        if (scales.Count == 0 || scales.Count > maxVectors)
        {
            problems.Add("recipe.vectors", $"A merge takes 1 to {maxVectors} vectors, not {scales.Count}.");
        }

        for (var i = 0; i < scales.Count; i++)
        {
            if (!double.IsFinite(scales[i]))
            {
                problems.Add($"recipe.vectors[{i}].scale", $"The scale of vector {i + 1} is {scales[i]}; give a finite one.");
            }
        }

        CheckMethod(scales.Count, problems);
        CheckTensors(problems);
    }

    private void CheckMethod(int vectors, Problems problems)
    {
        switch (Method)
        {
            case MergeMethod.Ties { Density: not (> 0 and <= 1) } ties:
                problems.Add("recipe.ties.density", $"The density of TIES is {ties.Density}; above 0 and at most 1 is expected.");
                break;
            case MergeMethod.Ties ties when !double.IsFinite(ties.Lambda):
                problems.Add("recipe.ties.lambda", $"The lambda of TIES is {ties.Lambda}; give a finite one.");
                break;
            case MergeMethod.Dare { Drop: not (>= 0 and < 1) } dare:
                problems.Add("recipe.dare.drop", $"The drop probability of DARE is {dare.Drop}; at least 0 and below 1 is expected.");
                break;
            case MergeMethod.Interpolation when vectors != 1:
                problems.Add("recipe.vectors", $"An interpolation takes one vector, the way from the base to the other checkpoint, not {vectors}.");
                break;
        }
    }

    private void CheckTensors(Problems problems)
    {
        for (var i = 0; i < TensorScales.Count; i++)
        {
            if (TensorScales[i].Pattern.Length == 0 || !double.IsFinite(TensorScales[i].Scale))
            {
                problems.Add(
                    $"recipe.tensor_scales[{i}]",
                    $"'{TensorScales[i].Pattern}' with the factor {TensorScales[i].Scale} is no pattern of tensor names with a finite factor.");
            }
        }

        if (DType is { } dtype && !dtype.IsFloat())
        {
            problems.Add("recipe.dtype", $"A merge cannot be written as {dtype}; take a floating element type.");
        }

        if (CastInputs && DType is null)
        {
            problems.Add("recipe.cast_inputs", "To cast the inputs, say to which element type: it is that of the result.");
        }
    }
}
