using System.Runtime.CompilerServices;
using System.Text;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Names;

/// <summary>
/// Pointers at artifacts, the only things that change: the objects names/, each the digest of an artifact. A removed name is an
/// empty object, because no S3 server deletes conditionally and an unconditional delete could take a new pointer with it.
/// </summary>
internal sealed class NameStore(IObjectStore objects, ManifestStore manifests)
{
    /// <summary>What a name points at; null for nothing.</summary>
    /// <exception cref="FaultException">Invalid: no name, in that field of the request.</exception>
    public async Task<Digest?> FindAsync(string name, string field, CancellationToken cancellationToken)
    {
        ArtifactName.Check(name, field);
        return await objects.GetAsync(KeyOf(name), cancellationToken) is { } bytes ? Decode(name, bytes) : null;
    }

    /// <summary>Points a name at an artifact (null removes it), whatever it points at now.</summary>
    /// <exception cref="FaultException">Invalid: no name. Precondition: no such artifact.</exception>
    public async Task SetAsync(string name, Digest? artifact, CancellationToken cancellationToken)
    {
        await CheckAsync(name, artifact, cancellationToken);
        while (!await TrySetAsync(name, artifact, await objects.GetVersionedAsync(KeyOf(name), cancellationToken), cancellationToken))
        {
            // Somebody was faster: look again.
        }
    }

    /// <summary>The same, if the name points at <paramref name="expected"/> (null: at nothing) now.</summary>
    /// <exception cref="FaultException">Conflict: it points elsewhere.</exception>
    public async Task SetAsync(string name, Digest? artifact, Digest? expected, CancellationToken cancellationToken)
    {
        await CheckAsync(name, artifact, cancellationToken);
        var current = await objects.GetVersionedAsync(KeyOf(name), cancellationToken);
        var found = current is null ? null : Decode(name, current.Bytes);
        if (found != expected || !await TrySetAsync(name, artifact, current, cancellationToken))
        {
            throw new FaultException(
                FaultKind.Conflict, $"The name {name} does not point at {expected?.ToString() ?? "nothing"}; look again.");
        }
    }

    /// <summary>Names that begin with <paramref name="prefix"/>, behind <paramref name="after"/>, in ordinal order, with what they point at.</summary>
    /// <returns>At most <paramref name="limit"/> names, and where to go on; null at the end.</returns>
    public async Task<(IReadOnlyList<(string Name, Digest Artifact, ArtifactKind? Kind)> Names, string? Next)> ListAsync(
        string prefix, string? after, int limit, CancellationToken cancellationToken)
    {
        List<(string, Digest, ArtifactKind?)> names = [];
        var keys = objects.ListAsync(KeyOf(prefix), after is null ? null : KeyOf(after), cancellationToken);
        await foreach (var batch in Chunk(keys, limit, cancellationToken))
        {
            var found = new (string Name, Digest Artifact, ArtifactKind? Kind)?[batch.Count];
            await Batch.ForEachAsync(batch.Count, async (i, token) => found[i] = await DescribeAsync(batch[i], token), cancellationToken);
            foreach (var entry in found.OfType<(string Name, Digest Artifact, ArtifactKind? Kind)>())
            {
                if (names.Count == limit)
                {
                    return (names, names[^1].Item1);
                }

                names.Add(entry);
            }
        }

        return (names, null);
    }

    private static async IAsyncEnumerable<List<string>> Chunk(
        IAsyncEnumerable<string> keys, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<string> chunk = [];
        await foreach (var key in keys.WithCancellation(cancellationToken))
        {
            chunk.Add(key["names/".Length..]);
            if (chunk.Count > size)
            {
                yield return chunk;
                chunk = [];
            }
        }

        yield return chunk;
    }

    private async Task<(string Name, Digest Artifact, ArtifactKind? Kind)?> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        if (await objects.GetAsync(KeyOf(name), cancellationToken) is not { } bytes || Decode(name, bytes) is not { } artifact)
        {
            return null;
        }

        try
        {
            return (name, artifact, await manifests.FindKindAsync(artifact, cancellationToken));
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            // One damaged artifact must not hide all names.
            return (name, artifact, null);
        }
    }

    private async Task CheckAsync(string name, Digest? artifact, CancellationToken cancellationToken)
    {
        ArtifactName.Check(name, "name");
        if (artifact is { } digest && await manifests.FindKindAsync(digest, cancellationToken) is null)
        {
            throw FaultException.Precondition($"The store has no artifact {digest} for the name {name} to point at.");
        }

        // The manifest before the name that points at it, on the disk too.
        await objects.FlushAsync(cancellationToken);
    }

    private Task<bool> TrySetAsync(string name, Digest? artifact, VersionedObject? current, CancellationToken cancellationToken)
    {
        var bytes = Encoding.ASCII.GetBytes(artifact?.ToString() ?? "");
        return current is not null
            ? objects.ReplaceAsync(KeyOf(name), bytes, current.Version, cancellationToken)
            : artifact is null ? Task.FromResult(true) : objects.PutIfAbsentAsync(KeyOf(name), bytes, cancellationToken);
    }

    private static Digest? Decode(string name, byte[] bytes) =>
        bytes.Length == 0
            ? null
            : Digest.TryParse(Encoding.ASCII.GetString(bytes), out var artifact)
                ? artifact
                : throw FaultException.Corrupt($"The object {KeyOf(name)} of the store is damaged; set the name again to repair it.");

    private static string KeyOf(string name) => $"names/{name}";
}
