using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Results;

/// <summary>What recipes have made: the objects results/, each written once, when the artifact is complete.</summary>
internal sealed partial class ResultStore(IObjectStore objects, ManifestStore manifests, ILogger<ResultStore> logger)
{
    private const int CacheCapacity = 100_000;

    private readonly BoundedCache<Digest> _cache = new(CacheCapacity);

    /// <exception cref="FaultException">Exists: the recipe has made another artifact. Precondition: there is no such artifact.</exception>
    public async Task PutAsync(Recipe recipe, Digest artifact, CancellationToken cancellationToken)
    {
        var digest = RecipeCodec.DigestOf(recipe);
        if (await manifests.FindKindAsync(artifact, cancellationToken) is null)
        {
            throw FaultException.Precondition($"The store has no artifact {artifact}: put it before recording it as a result.");
        }

        // The manifest before the result that names it, on the disk too.
        await objects.FlushAsync(cancellationToken);
        var bytes = StoredResultCodec.Encode(recipe, artifact);
        while (!await objects.PutIfAbsentAsync(KeyOf(digest), bytes, cancellationToken))
        {
            if (await objects.GetVersionedAsync(KeyOf(digest), cancellationToken) is not { } existing)
            {
                continue;
            }

            if (StoredResultCodec.Decode(existing.Bytes, digest) is { } recorded)
            {
                CheckSame(digest, recorded, artifact);
                break;
            }

            if (await objects.ReplaceAsync(KeyOf(digest), bytes, existing.Version, cancellationToken))
            {
                LogRepaired(KeyOf(digest));
                break;
            }
        }

        _cache.Set(digest, artifact);
    }

    /// <summary>What recipes have made, in the order asked; null for nothing yet.</summary>
    public async Task<IReadOnlyList<Digest?>> LookUpAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken)
    {
        var results = new Digest?[recipes.Count];
        await Batch.ForEachAsync(recipes.Count, async (i, token) => results[i] = await FindAsync(recipes[i], token), cancellationToken);
        return results;
    }

    // A result that cannot be read (a power failure can do that to the last ones) counts as not made: making it again repairs it.
    private async Task<Digest?> FindAsync(Digest recipe, CancellationToken cancellationToken)
    {
        if (_cache.TryGet(recipe, out var known))
        {
            return known;
        }

        if (await objects.GetAsync(KeyOf(recipe), cancellationToken) is not { } bytes)
        {
            return null;
        }

        if (StoredResultCodec.Decode(bytes, recipe) is not { } artifact)
        {
            LogDamaged(KeyOf(recipe));
            return null;
        }

        _cache.Set(recipe, artifact);
        return artifact;
    }

    private static void CheckSame(Digest recipe, Digest recorded, Digest artifact)
    {
        if (recorded != artifact)
        {
            throw new FaultException(
                FaultKind.Exists,
                $"The recipe {recipe} has made the artifact {recorded} before, and now {artifact}: something is not deterministic.");
        }
    }

    private static string KeyOf(Digest recipe) => $"results/{recipe}";

    [LoggerMessage(210, LogLevel.Warning, "The object {Key} is damaged and counts as missing.")]
    private partial void LogDamaged(string key);

    [LoggerMessage(211, LogLevel.Warning, "The object {Key} was damaged and has been written again.")]
    private partial void LogRepaired(string key);
}
