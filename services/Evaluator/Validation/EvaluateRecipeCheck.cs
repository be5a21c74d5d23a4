using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Tasks;
using Graft.Evaluator.Tasks.Described;
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
        Require(recipe.MaxLength >= 0, "recipe.max_length", $"is {recipe.MaxLength}; 0 (the model's positions) or more is possible");
        CheckSampling(recipe.Sampling);
        CheckRules(recipe.Rules);
    }

    private static void CheckSampling(Sampling? sampling)
    {
        if (sampling is not null)
        {
            Require(
                double.IsFinite(sampling.Temperature) && sampling.Temperature > 0,
                "recipe.sampling.temperature",
                $"is {sampling.Temperature}; more than 0 is possible, and no sampling at all is greedy");
            Require(sampling.TopP is > 0 and <= 1, "recipe.sampling.top_p", $"is {sampling.TopP}; more than 0 and at most 1 is possible");
        }
    }

    private static void CheckRules(TaskRules task)
    {
        if (task is NamedTaskRules named)
        {
            TaskCatalog.Check(named.Name);
        }
        else if (task is DescribedTaskRules described)
        {
            TaskDescription.Parse(described.Yaml);
        }
        else if (task is GenerationRules rules)
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
