using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;

namespace Graft.Coordinator.Plan;

/// <summary>Geometry of vectors and of bases.</summary>
internal static class CompareSteps
{
    public static void Add(CompareSpec? spec, PlanModels models, PlanBuilder plan)
    {
        if (spec is { Vectors.Count: > 0 })
        {
            foreach (var repetition in models.RepetitionsOf(spec.Vectors))
            {
                Add("vectors", repetition.Prefix, [.. spec.Vectors.Select(source => (Source)models.Vector(models.KeyOf(source, 0, repetition)))], plan);
            }
        }

        if (spec is { Bases.Count: > 0 })
        {
            Add("bases", "", [.. spec.Bases.Select(models.Pretrained)], plan);
        }
    }

    private static void Add(string what, string prefix, IReadOnlyList<Source> artifacts, PlanBuilder plan) =>
        plan.Add($"compare/{prefix}{what}", StepKind.Compare, artifacts, made => new CompareRecipe(made), $"{prefix}compare/{what}");
}
