using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Names;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Results;

namespace Graft.VectorStore.Lineage;

/// <summary>Goes back from an artifact to what it was made from, and on.</summary>
internal sealed class LineageSearch(ManifestStore manifests, NameStore names, ResultStore results)
{
    /// <summary>The artifact first, then its inputs level by level, each artifact once, however it is reached.</summary>
    /// <param name="artifact">Where to begin.</param>
    /// <param name="depth">Levels of inputs; 0 for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound: there is no such artifact. Invalid: a negative depth.</exception>
    public async Task<IReadOnlyList<LineageNode>> FindAsync(Digest artifact, int depth, CancellationToken cancellationToken)
    {
        if (depth < 0)
        {
            throw FaultException.Invalid($"A lineage cannot have {depth} levels; 0 is for all.", "depth");
        }

        if (!await manifests.ExistsAsync(artifact, cancellationToken))
        {
            throw FaultException.NotFound($"The store has no artifact {artifact}.");
        }

        var namesOf = await names.ReadAllAsync(cancellationToken);
        List<LineageNode> nodes = [];
        HashSet<Digest> reached = [artifact];
        List<Digest> level = [artifact];
        for (var reachedDepth = 0; level.Count > 0; reachedDepth++)
        {
            var found = new LineageNode[level.Count];
            var current = level;
            await Batch.ForEachAsync(
                found.Length, async (i, token) => found[i] = await DescribeAsync(current[i], namesOf, token), cancellationToken);
            nodes.AddRange(found);
            level = depth > 0 && reachedDepth == depth ? [] : [.. found.SelectMany(node => node.Inputs).Where(reached.Add)];
        }

        return nodes;
    }

    private async Task<LineageNode> DescribeAsync(Digest artifact, ILookup<Digest, string> namesOf, CancellationToken cancellationToken)
    {
        var manifest = await FindAsync(artifact, cancellationToken);
        List<Recipe> recipes = [];
        await foreach (var recipe in results.RecipesOfAsync(artifact, cancellationToken))
        {
            recipes.Add(recipe);
        }

        IEnumerable<Digest> bound = manifest?.DiffVector is { } vector ? [vector.FineTuned, vector.Pretrained] : [];
        return new LineageNode(
            artifact, manifest?.Kind, [.. namesOf[artifact]], recipes, [.. recipes.SelectMany(RecipeInputs.Of).Concat(bound).Distinct()]);
    }

    // Recipes outlive their inputs: one that was collected is a node without a kind, and so is a damaged one.
    private async Task<Manifest?> FindAsync(Digest artifact, CancellationToken cancellationToken)
    {
        try
        {
            return await manifests.ReadAsync(artifact, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return null;
        }
    }
}
