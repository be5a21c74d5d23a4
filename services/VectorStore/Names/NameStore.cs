using System.Runtime.CompilerServices;
using System.Text;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Names;

/// <summary>
/// Pointers at artifacts, the only things that change: the objects names/, each the digest of an artifact. A removed name is an
/// empty object, because no S3 server deletes conditionally and an unconditional delete could take a new pointer with it.
/// </summary>
internal sealed class NameStore(IObjectStore objects, ManifestStore manifests, Holds holds)
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

    /// <summary>All names by the artifacts they point at, in ordinal order. Damaged ones are left out.</summary>
    public async Task<ILookup<Digest, string>> ReadAllAsync(CancellationToken cancellationToken)
    {
        List<(string Name, Digest? Artifact)> names = [];
        await foreach (var batch in objects.ListAsync("names/", null, cancellationToken).Chunk(1000))
        {
            var found = new (string Name, Digest? Artifact)[batch.Length];
            await Batch.ForEachAsync(batch.Length, async (i, token) => found[i] = await ReadAsync(batch[i], token), cancellationToken);
            names.AddRange(found);
        }

        return names.Where(entry => entry.Artifact is not null).ToLookup(entry => entry.Artifact!.Value, entry => entry.Name);
    }

    private async Task<(string Name, Digest? Artifact)> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var name = key["names/".Length..];
        return await objects.GetAsync(key, cancellationToken) is { } bytes && Digest.TryParse(Encoding.ASCII.GetString(bytes), out var artifact)
            ? (name, artifact)
            : (name, null);
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
        if (artifact is { } digest && await manifests.HoldAsync(digest, cancellationToken) is null)
        {
            throw new FaultException(FaultKind.Precondition, $"The store has no artifact {digest} for the name {name} to point at.")
            {
                Field = "artifact",
            };
        }

        // A removed name is an object that garbage collection may be about to delete.
        await holds.DuringAsync((condemned, token) => holds.RenewAsync(KeyOf(name), condemned, token), cancellationToken);

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

    public static string KeyOf(string name) => $"names/{name}";
}
