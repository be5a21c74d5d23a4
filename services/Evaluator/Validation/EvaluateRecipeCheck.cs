using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Evaluator.Validation;

/// <summary>What can be said of a recipe without reading anything it names.</summary>
internal static class EvaluateRecipeCheck
{
    private const int MostNewTokens = 1 << 20;

    /// <exception cref="FaultException">Invalid: the first field that cannot be, and what it may be.</exception>
    public static void Check(EvaluateRecipe recipe)
    {
        Require(
            recipe.Version == EvaluateRecipe.CurrentVersion,
            "recipe.version",
            $"is {recipe.Version}; this evaluator scores by version {EvaluateRecipe.CurrentVersion}");
        Require(
            recipe.ComputeDType is DType.F32 or DType.BF16 or DType.F16,
            "recipe.compute_dtype",
            $"is {recipe.ComputeDType}; F32, BF16 and F16 are possible");
        if (recipe.Rules is GenerationRules rules)
        {
            Require(
                rules.MaxNewTokens is > 0 and <= MostNewTokens,
                "recipe.generation.max_new_tokens",
                $"is {rules.MaxNewTokens}; 1 to {MostNewTokens} are possible");
            Require(rules.Stop.All(stop => stop.Length > 0), "recipe.generation.stop", "has an empty string, which every text contains");
        }
    }

    private static void Require(bool ok, string field, string what)
    {
        if (!ok)
        {
            throw FaultException.Invalid($"{field} {what}.", field);
        }
    }
}
