using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Coordinator.Plan;

namespace Graft.Tests.Unit.Coordinator;

/// <summary>Recipes of a plan as they come out when each recipe makes an artifact known by the recipe.</summary>
internal sealed class Made
{
    private readonly Dictionary<string, Recipe> _recipes = [];

    public Made(RunPlan plan)
    {
        foreach (var step in plan.Steps)
        {
            _recipes[step.Id] = step.Recipe([.. step.Needs.Select(need => ArtifactOf(_recipes[need.Id]))]);
        }
    }

    public Recipe this[string id] => _recipes[id];

    public Digest DigestOf(string id) => RecipeCodec.DigestOf(_recipes[id]);

    public Digest Artifact(string id) => ArtifactOf(_recipes[id]);

    public static Digest ArtifactOf(Recipe recipe) => Digest.Of(Encoding.UTF8.GetBytes($"made by {RecipeCodec.DigestOf(recipe)}"));
}
