using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Results;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Collecting;

/// <summary>
/// What must stay: all that a name, a result, or a young object leads to. Marks only ever grow; <see cref="CatchUpAsync"/> adds what has
/// become reachable since. Memory: some 200 bytes for each object that stays.
/// </summary>
internal sealed class Marking(StoreParts parts, DateTimeOffset cutoff, DateTimeOffset? forgetBefore)
{
    private const int Page = 1000;

    private readonly HashSet<Digest> _artifacts = [];
    private readonly HashSet<Digest> _missing = [];
    private readonly HashSet<Digest> _contents = [];
    private readonly HashSet<Digest> _blobs = [];
    private readonly Dictionary<string, (DateTimeOffset Modified, Digest? Artifact)> _names = [];
    private readonly Dictionary<Digest, Digest?> _results = [];
    private readonly HashSet<string> _removed = [];

    private IObjectStore Objects => parts.Objects;

    /// <summary>Marks what is reachable now and was not before.</summary>
    /// <param name="seen">Told how many objects were looked at, from time to time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Corrupt: something that stays cannot be read, so that nobody knows what it leads to.</exception>
    public async Task CatchUpAsync(Func<int, Task> seen, CancellationToken cancellationToken)
    {
        // What was missing may have been made since.
        _artifacts.ExceptWith(_missing);
        _missing.Clear();
        await foreach (var page in Objects.ListInfoAsync("names/", null, cancellationToken).Chunk(Page))
        {
            await MarkArtifactsAsync(await ReadNamesAsync(page, cancellationToken), cancellationToken);
            await seen(page.Length);
        }

        await foreach (var page in Objects.ListInfoAsync("results/", null, cancellationToken).Chunk(Page))
        {
            await MarkArtifactsAsync(await ReadResultsAsync(page, cancellationToken), cancellationToken);
            await seen(page.Length);
        }

        await MarkArtifactsAsync(await ArtifactsOfDamagedResultsAsync(cancellationToken), cancellationToken);
        await foreach (var page in Objects.ListInfoAsync("artifacts/", null, cancellationToken).Chunk(Page))
        {
            await MarkArtifactsAsync(Young(page), cancellationToken);
            await seen(page.Length);
        }

        await foreach (var page in Objects.ListInfoAsync("contents/", null, cancellationToken).Chunk(Page))
        {
            await MarkContentsAsync(Young(page), cancellationToken);
            await seen(page.Length);
        }

        await foreach (var page in Objects.ListInfoAsync("uploads/", null, cancellationToken).Chunk(Page))
        {
            await MarkUploadsAsync(Young(page), cancellationToken);
            await seen(page.Length);
        }
    }

    /// <summary>Whether nothing leads to an object, whatever its age.</summary>
    public bool IsGarbage(string key)
    {
        var (kind, name) = ObjectKey.Split(key);
        return kind switch
        {
            "names" => _removed.Contains(key),
            "origins" => ResultStore.SplitOrigin(key) is var (artifact, _) && !_artifacts.Contains(artifact),
            "uploads" => true,
            _ => Digest.TryParse(name, out var digest) && kind switch
            {
                "results" => IsForgotten(digest),
                "artifacts" => !_artifacts.Contains(digest),
                "contents" => !_contents.Contains(digest),
                "blobs" => !_blobs.Contains(digest),
                _ => false,
            },
        };
    }

    // A result that leads to nothing any more; or one that may be forgotten, when nothing else leads to what it made.
    private bool IsForgotten(Digest recipe) =>
        _results.TryGetValue(recipe, out var made) && made is { } artifact
        && (_missing.Contains(artifact) || (forgetBefore is not null && !_artifacts.Contains(artifact)));

    private List<Digest> Young(IEnumerable<ObjectInfo> page) =>
        [.. page.Where(info => info.Modified > cutoff).Select(info => DigestOf(info.Key)).OfType<Digest>()];

    private static Digest? DigestOf(string key) => Digest.TryParse(ObjectKey.Split(key).Name, out var digest) ? digest : null;

    private async Task<List<Digest>> ReadNamesAsync(ObjectInfo[] page, CancellationToken cancellationToken)
    {
        // What is old has not changed since it was read; the times of some stores are whole seconds.
        ObjectInfo[] open = [.. page.Where(info => info.Modified > cutoff || !_names.TryGetValue(info.Key, out var known) || known.Modified != info.Modified)];
        var found = new Digest?[open.Length];
        await Batch.ForEachAsync(
            open.Length, async (i, token) => found[i] = await parts.Names.FindAsync(open[i].Key["names/".Length..], "name", token), cancellationToken);
        foreach (var (info, artifact) in open.Zip(found))
        {
            _names[info.Key] = (info.Modified, artifact);
            _ = artifact is null ? _removed.Add(info.Key) : _removed.Remove(info.Key);
        }

        return [.. found.OfType<Digest>()];
    }

    private async Task<List<Digest>> ReadResultsAsync(ObjectInfo[] page, CancellationToken cancellationToken)
    {
        var listed = page.Select(info => (info.Modified, Recipe: DigestOf(info.Key))).Where(entry => entry.Recipe is not null).ToArray();
        Digest[] open = [.. listed.Select(entry => entry.Recipe!.Value).Where(recipe => !_results.ContainsKey(recipe))];
        var found = new StoredResult?[open.Length];
        await Batch.ForEachAsync(open.Length, async (i, token) => found[i] = await parts.Results.ReadAsync(open[i], token), cancellationToken);
        foreach (var (recipe, result) in open.Zip(found))
        {
            _results[recipe] = result?.Artifact;
        }

        return
        [
            .. listed.Where(entry => forgetBefore is not { } limit || entry.Modified > limit)
                .Select(entry => _results[entry.Recipe!.Value]).OfType<Digest>(),
        ];
    }

    // A result that cannot be read counts as not made, but what it made is not thrown away for that: its origin tells.
    private async Task<List<Digest>> ArtifactsOfDamagedResultsAsync(CancellationToken cancellationToken)
    {
        var damaged = _results.Where(result => result.Value is null).Select(result => result.Key).ToHashSet();
        List<Digest> artifacts = [];
        if (damaged.Count > 0)
        {
            await foreach (var key in Objects.ListAsync("origins/", null, cancellationToken))
            {
                if (ResultStore.SplitOrigin(key) is var (artifact, recipe) && damaged.Contains(recipe))
                {
                    artifacts.Add(artifact);
                }
            }
        }

        return artifacts;
    }

    private async Task MarkArtifactsAsync(IEnumerable<Digest> digests, CancellationToken cancellationToken)
    {
        List<Digest> open = [.. digests.Where(_artifacts.Add)];
        while (open.Count > 0)
        {
            var manifests = new Manifest?[open.Count];
            var current = open;
            await Batch.ForEachAsync(
                open.Count, async (i, token) => manifests[i] = await parts.Manifests.ReadAsync(current[i], token), cancellationToken);
            _missing.UnionWith(open.Where((_, i) => manifests[i] is null));
            var found = manifests.OfType<Manifest>().ToArray();
            await MarkContentsAsync(found.SelectMany(manifest => manifest.Contents), cancellationToken);
            open = [.. found.Select(manifest => manifest.DiffVector).OfType<DiffVector>()
                .SelectMany(vector => new[] { vector.FineTuned, vector.Pretrained }).Where(_artifacts.Add)];
        }
    }

    private async Task MarkContentsAsync(IEnumerable<Digest> digests, CancellationToken cancellationToken)
    {
        List<Digest> open = [.. digests.Where(_contents.Add)];
        while (open.Count > 0)
        {
            var found = new StoredContent?[open.Count];
            var current = open;
            await Batch.ForEachAsync(
                open.Count, async (i, token) => found[i] = await parts.Contents.ReloadAsync(current[i], token), cancellationToken);
            open = [.. Mark(found).Where(_contents.Add)];
        }
    }

    private async Task MarkUploadsAsync(List<Digest> digests, CancellationToken cancellationToken)
    {
        var found = new StoredContent?[digests.Count];
        await Batch.ForEachAsync(digests.Count, async (i, token) => found[i] = await ReadUploadAsync(digests[i], token), cancellationToken);
        await MarkContentsAsync(Mark(found), cancellationToken);
    }

    private async Task<StoredContent?> ReadUploadAsync(Digest digest, CancellationToken cancellationToken)
    {
        var key = UploadProgress.KeyOf(digest);
        try
        {
            return await Objects.GetAsync(key, cancellationToken) is { } bytes ? StoredContentCodec.Decode(bytes, isWhole: false, key) : null;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            // Its writer starts again.
            return null;
        }
    }

    /// <returns>The parents.</returns>
    private List<Digest> Mark(IEnumerable<StoredContent?> contents)
    {
        List<Digest> parents = [];
        foreach (var content in contents.OfType<StoredContent>())
        {
            _blobs.UnionWith(content.Chunks.Select(chunk => chunk.Blob));
            if (content.Parent is { } parent)
            {
                parents.Add(parent);
            }
        }

        return parents;
    }
}
