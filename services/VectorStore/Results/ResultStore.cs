using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Results;

/// <summary>
/// What recipes have made: the objects results/, each written once, when the artifact is complete; and the same by artifact, the
/// objects origins/, each written before its result.
/// </summary>
internal sealed partial class ResultStore(IObjectStore objects, ManifestStore manifests, Holds holds, ILogger<ResultStore> logger)
{
    private const int CacheCapacity = 100_000;

    private readonly BoundedCache<Digest> _cache = new(CacheCapacity);

    /// <exception cref="FaultException">Exists: the recipe has made another artifact. Precondition: there is no such artifact.</exception>
    public async Task PutAsync(Recipe recipe, Digest artifact, CancellationToken cancellationToken)
    {
        var digest = RecipeCodec.DigestOf(recipe);
        if (await manifests.HoldAsync(artifact, cancellationToken) is null)
        {
            throw new FaultException(FaultKind.Precondition, $"The store has no artifact {artifact}: put it before recording it as a result.")
            {
                Field = "artifact",
            };
        }

        // The manifest before the result that names it, on the disk too.
        await objects.FlushAsync(cancellationToken);
        var bytes = StoredResultCodec.Encode(recipe, artifact);
        await holds.DuringAsync(
            async (condemned, token) =>
            {
                Holds.Refuse(KeyOf(digest), condemned);
                await CheckRecordedAsync(digest, artifact, token);
                await holds.PutOnceAsync(OriginOf(artifact, digest), bytes, condemned, token);
                await RecordAsync(digest, artifact, bytes, condemned, token);
                return true;
            },
            cancellationToken);
        _cache.Set(digest, artifact);
    }

    /// <summary>What recipes have made and the store still has, in the order asked; null for nothing (any more).</summary>
    public Task<IReadOnlyList<Digest?>> LookUpAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken) =>
        LookUpAsync(recipes, isComplete: false, cancellationToken);

    /// <summary>The same, looking closer.</summary>
    /// <param name="recipes">Their digests.</param>
    /// <param name="isComplete">Whether an artifact that lacks a content counts as not made.</param>
    /// <param name="cancellationToken">Token.</param>
    public async Task<IReadOnlyList<Digest?>> LookUpAsync(IReadOnlyList<Digest> recipes, bool isComplete, CancellationToken cancellationToken)
    {
        // Each once, however often it is asked: every one is a request to a store in a bucket.
        Digest[] distinct = [.. recipes.Distinct()];
        var made = new Digest?[distinct.Length];
        await Batch.ForEachAsync(distinct.Length, async (i, token) => made[i] = await FindMadeAsync(distinct[i], isComplete, token), cancellationToken);
        var results = distinct.Zip(made).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. recipes.Select(recipe => results[recipe])];
    }

    /// <summary>The recipe of a result, read from the store; null when there is none that can be read.</summary>
    public async Task<StoredResult?> ReadAsync(Digest recipe, CancellationToken cancellationToken) =>
        await ReadAsync(KeyOf(recipe), recipe, cancellationToken);

    /// <summary>Recipes that made an artifact, in order of their digests.</summary>
    public async IAsyncEnumerable<Recipe> RecipesOfAsync(Digest artifact, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in objects.ListAsync($"origins/{artifact}.", null, cancellationToken))
        {
            if (SplitOrigin(key) is var (_, recipe) && await ReadAsync(key, recipe, cancellationToken) is { } origin)
            {
                yield return origin.Recipe;
            }
        }
    }

    /// <summary>It was forgotten.</summary>
    public void Forget(Digest recipe) => _cache.Remove(recipe);

    public static string KeyOf(Digest recipe) => $"results/{recipe}";

    /// <summary>The artifact and the recipe of the key of an origin; null for anything else.</summary>
    public static (Digest Artifact, Digest Recipe)? SplitOrigin(string key) =>
        key["origins/".Length..].Split('.') is [var left, var right] && Digest.TryParse(left, out var artifact) && Digest.TryParse(right, out var recipe)
            ? (artifact, recipe)
            : null;

    private static string OriginOf(Digest artifact, Digest recipe) => $"origins/{artifact}.{recipe}";

    private async Task RecordAsync(Digest recipe, Digest artifact, byte[] bytes, Condemned condemned, CancellationToken cancellationToken)
    {
        var key = KeyOf(recipe);
        while (!await objects.PutIfAbsentAsync(key, bytes, cancellationToken))
        {
            await CheckRecordedAsync(recipe, artifact, cancellationToken);
            if (await objects.GetVersionedAsync(key, cancellationToken) is not { } existing)
            {
                continue;
            }

            if (StoredResultCodec.Decode(existing.Bytes, recipe) is not null)
            {
                if (await holds.RenewAsync(key, condemned, cancellationToken) is not null)
                {
                    return;
                }
            }
            else if (await objects.ReplaceAsync(key, bytes, existing.Version, cancellationToken))
            {
                LogRepaired(key);
                return;
            }
        }
    }

    private async Task CheckRecordedAsync(Digest recipe, Digest artifact, CancellationToken cancellationToken)
    {
        if (await ReadAsync(recipe, cancellationToken) is { } recorded && recorded.Artifact != artifact)
        {
            LogDifferent(recipe, recorded.Artifact, artifact);
            throw new FaultException(
                FaultKind.Exists,
                $"The recipe {recipe} has made the artifact {recorded.Artifact} before, and now {artifact}: something is not deterministic.")
            {
                Field = "artifact",
            };
        }
    }

    // A result whose artifact was collected counts as not made: making it again gives the same one.
    private async Task<Digest?> FindMadeAsync(Digest recipe, bool isComplete, CancellationToken cancellationToken)
    {
        if (!_cache.TryGet(recipe, out var artifact))
        {
            if (await ReadAsync(recipe, cancellationToken) is not { } result)
            {
                return null;
            }

            artifact = result.Artifact;
            _cache.Set(recipe, artifact);
        }

        return await manifests.ExistsAsync(artifact, cancellationToken)
            && (!isComplete || await manifests.IsCompleteAsync(artifact, cancellationToken)) ? artifact : null;
    }

    // A result that cannot be read (a power failure can do that to the last ones) counts as not made: making it again repairs it.
    private async Task<StoredResult?> ReadAsync(string key, Digest recipe, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            if (await objects.GetAsync(key, cancellationToken) is not { } bytes)
            {
                return null;
            }

            if (StoredResultCodec.Decode(bytes, recipe) is { } result)
            {
                return result;
            }

            if (!isFirst)
            {
                LogDamaged(key);
                return null;
            }
        }
    }

    [LoggerMessage(210, LogLevel.Warning, "The object {Key} is damaged and counts as missing.")]
    private partial void LogDamaged(string key);

    [LoggerMessage(211, LogLevel.Warning, "The object {Key} was damaged and has been written again.")]
    private partial void LogRepaired(string key);

    [LoggerMessage(212, LogLevel.Warning, "Not deterministic: the recipe {Recipe} has made the artifact {Recorded} before, and now {Artifact}.")]
    private partial void LogDifferent(Digest recipe, Digest recorded, Digest artifact);
}
