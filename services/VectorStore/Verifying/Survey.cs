using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Verifying;

/// <summary>What is to be verified: artifacts, their contents and what these are deltas against, read from the store and not from memory.</summary>
internal sealed class Survey
{
    private readonly SortedDictionary<string, Manifest> _manifests = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, StoredContent> _contents = [];
    private readonly Dictionary<Digest, SortedSet<string>> _users = [];

    private Survey()
    {
    }

    /// <summary>What the survey itself found.</summary>
    public List<Damage> Damages { get; } = [];

    public int Artifacts { get; private set; }

    public long Bytes => _contents.Values.Sum(content => content.Size);

    /// <summary>Contents by artifact, each where it comes first; those behind the last artifact belong to none.</summary>
    public IEnumerable<IReadOnlyList<Digest>> ContentsByArtifact()
    {
        HashSet<Digest> given = [];
        foreach (var manifest in _manifests.Values)
        {
            yield return [.. manifest.Contents.Where(content => _contents.ContainsKey(content) && given.Add(content))];
        }

        yield return [.. _contents.Keys.Where(given.Add).OrderBy(digest => digest.ToString(), StringComparer.Ordinal)];
    }

    public StoredContent? Find(Digest content) => _contents.GetValueOrDefault(content);

    /// <summary>Artifacts that need a content, themselves or because another content is a delta against it.</summary>
    public IReadOnlyList<Digest> UsersOf(Digest content) => [.. _users.GetValueOrDefault(content, []).Select(user => Digest.Parse(user))];

    /// <summary>Artifacts that need a blob.</summary>
    public IReadOnlyList<Digest> UsersOfBlob(Digest blob) =>
    [
        .. _contents.Where(entry => entry.Value.Chunks.Any(chunk => chunk.Blob == blob))
            .SelectMany(entry => _users[entry.Key]).Distinct().Order(StringComparer.Ordinal).Select(user => Digest.Parse(user)),
    ];

    /// <param name="parts">The store.</param>
    /// <param name="artifacts">Which; a diff vector brings its checkpoints along.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Survey> TakeAsync(StoreParts parts, IEnumerable<Digest> artifacts, CancellationToken cancellationToken)
    {
        var survey = new Survey();
        foreach (var artifact in artifacts)
        {
            await survey.AddArtifactAsync(parts, artifact, [artifact], cancellationToken);
        }

        survey.Artifacts = survey._manifests.Count;
        return survey;
    }

    private async Task AddArtifactAsync(StoreParts parts, Digest artifact, IReadOnlyList<Digest> users, CancellationToken cancellationToken)
    {
        if (await ReadAsync(parts, artifact, users, cancellationToken) is not { } manifest)
        {
            return;
        }

        _manifests[artifact.ToString()] = manifest;
        Digest[] contents = [.. manifest.Contents.Distinct()];
        var found = new (StoredContent? Content, Damage? Damage)[contents.Length];
        await Batch.ForEachAsync(contents.Length, async (i, token) => found[i] = await ReadContentAsync(parts, contents[i], users, token), cancellationToken);
        for (var i = 0; i < contents.Length; i++)
        {
            AddContent(contents[i], found[i], users);
            if (found[i].Content?.Parent is { } parent)
            {
                AddContent(parent, await ReadContentAsync(parts, parent, users, cancellationToken), users);
            }
        }

        CheckSizes(artifact, manifest, users);
        foreach (var checkpoint in manifest.DiffVector is { } vector ? [vector.FineTuned, vector.Pretrained] : Array.Empty<Digest>())
        {
            await AddArtifactAsync(parts, checkpoint, [.. users, checkpoint], cancellationToken);
        }
    }

    private async Task<Manifest?> ReadAsync(StoreParts parts, Digest artifact, IReadOnlyList<Digest> users, CancellationToken cancellationToken)
    {
        try
        {
            if (await parts.Manifests.ReadAsync(artifact, cancellationToken) is { } manifest)
            {
                return manifest;
            }

            Report(ManifestStore.KeyOf(artifact), "is missing", users);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            Report(ManifestStore.KeyOf(artifact), "does not match its digest", users);
        }

        return null;
    }

    private async Task<(StoredContent? Content, Damage? Damage)> ReadContentAsync(
        StoreParts parts, Digest digest, IReadOnlyList<Digest> users, CancellationToken cancellationToken)
    {
        if (Find(digest) is { } known)
        {
            return (known, null);
        }

        var key = ContentIndex.KeyOf(digest);
        try
        {
            return await parts.Contents.ReloadAsync(digest, cancellationToken) is { } content
                ? (content, null)
                : (null, new Damage(key, "is missing", users));
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return (null, new Damage(key, "cannot be read", users));
        }
    }

    private void AddContent(Digest digest, (StoredContent? Content, Damage? Damage) found, IReadOnlyList<Digest> users)
    {
        if (found.Damage is { } damage)
        {
            Report(damage.Object, damage.Message, users);
        }

        if (found.Content is { } content)
        {
            _contents[digest] = content;
            if (!_users.TryGetValue(digest, out var known))
            {
                _users[digest] = known = new SortedSet<string>(StringComparer.Ordinal);
            }

            known.UnionWith(users.Select(user => user.ToString()));
        }
    }

    private void CheckSizes(Digest artifact, Manifest manifest, IReadOnlyList<Digest> users)
    {
        var named = manifest.Tensors.Select(tensor => (tensor.Sha256, tensor.Size)).Concat(manifest.Files.Select(file => (file.Sha256, file.Size)));
        foreach (var (digest, size) in named)
        {
            if (Find(digest) is { } content && content.Size != size)
            {
                Report(ContentIndex.KeyOf(digest), $"has {content.Size} bytes, and the artifact {artifact.Short} says {size}", users);
            }
        }
    }

    // One object may spoil many artifacts.
    private void Report(string key, string message, IReadOnlyList<Digest> users)
    {
        var known = Damages.FindIndex(damage => damage.Object == key);
        if (known < 0)
        {
            Damages.Add(new Damage(key, message, users));
        }
        else
        {
            var all = Damages[known].Artifacts.Concat(users).Distinct().OrderBy(user => user.ToString(), StringComparer.Ordinal);
            Damages[known] = Damages[known] with { Artifacts = [.. all] };
        }
    }
}
