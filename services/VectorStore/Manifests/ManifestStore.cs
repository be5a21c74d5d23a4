using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Manifests;

/// <summary>Artifacts by digest: the objects artifacts/. One that is there is complete.</summary>
internal sealed class ManifestStore(IObjectStore objects, ContentIndex contents, Holds holds, TimeProvider time)
{
    // A manifest of a large model is a few hundred kilobytes in memory.
    private const int ManifestCapacity = 300;
    private const int KindCapacity = 100_000;

    private readonly BoundedCache<Manifest> _manifests = new(ManifestCapacity);
    private readonly BoundedCache<ArtifactKind> _kinds = new(KindCapacity);
    private readonly BoundedCache<DateTimeOffset> _held = new(KindCapacity);

    /// <summary>Completes an artifact: all that it leads to is held before anybody can see it.</summary>
    /// <exception cref="FaultException">Invalid: malformed. Precondition: something it consists of, or is the difference of, is missing.</exception>
    public async Task<Digest> PutAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        ManifestCheck.Check(manifest);
        var bytes = ManifestCodec.Encode(manifest);
        ManifestCheck.CheckSize(bytes.Length);
        var digest = Digest.Of(bytes);
        await HoldContentsAsync(manifest, cancellationToken);
        await HoldCheckpointsAsync(manifest, cancellationToken);

        // Contents before the manifest that names them, on the disk too.
        await objects.FlushAsync(cancellationToken);
        await holds.DuringAsync(
            async (condemned, token) =>
            {
                await holds.PutOnceAsync(KeyOf(digest), bytes, condemned, token);
                return true;
            },
            cancellationToken);
        return digest;
    }

    /// <summary>Null when there is no such artifact.</summary>
    /// <exception cref="FaultException">Corrupt: its manifest, or how a content of it is stored, is damaged or missing.</exception>
    public async Task<StoredArtifact?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await FindManifestAsync(digest, cancellationToken) is not { } manifest || !await ExistsAsync(digest, cancellationToken))
        {
            return null;
        }

        long stored = 0;
        foreach (var content in manifest.Contents.Distinct())
        {
            stored += (await contents.FindAsync(content, cancellationToken)
                ?? throw FaultException.Corrupt($"The object {ContentIndex.KeyOf(content)} of the artifact {digest} is missing from the store.")).StoredSize;
        }

        return new StoredArtifact(digest, manifest, stored);
    }

    /// <summary>What an artifact is; null when there is none.</summary>
    /// <exception cref="FaultException">Corrupt: its manifest is damaged.</exception>
    public async Task<ArtifactKind?> FindKindAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (_kinds.TryGet(digest, out var kind))
        {
            return kind;
        }

        return (await FindManifestAsync(digest, cancellationToken))?.Kind;
    }

    /// <summary>Whether the store has an artifact with every content of it, and of the checkpoints that a diff vector is the difference of.</summary>
    public async Task<bool> IsCompleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(digest, cancellationToken) is { Manifest: var manifest }
                && (manifest.DiffVector is not { } vector
                    || (await IsCompleteAsync(vector.FineTuned, cancellationToken) && await IsCompleteAsync(vector.Pretrained, cancellationToken)));
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return false;
        }
    }

    public Task<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) =>
        objects.ExistsAsync(KeyOf(digest), cancellationToken);

    /// <summary>
    /// What an artifact is, for writers who will refer to it: it stays in the store for <see cref="Holds.Term"/> at least, with all
    /// it leads to. Null when there is none.
    /// </summary>
    /// <exception cref="FaultException">Corrupt: its manifest is damaged. Unavailable: it is being collected this moment.</exception>
    public async Task<ArtifactKind?> HoldAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (_held.TryGet(digest, out var until) && until > time.GetUtcNow())
        {
            return await FindKindAsync(digest, cancellationToken);
        }

        var held = await holds.DuringAsync(
            async (condemned, token) =>
            {
                var renewed = await holds.RenewAsync(KeyOf(digest), condemned, token);
                if (renewed is not null && !condemned.IsEmpty && await ReadAsync(digest, token) is { } manifest)
                {
                    await RefuseAsync(manifest, condemned, token);
                }

                return renewed;
            },
            cancellationToken);
        if (held is null)
        {
            Forget(digest);
            return null;
        }

        var kind = await FindKindAsync(digest, cancellationToken);
        _held.Set(digest, held.Until);
        return kind;
    }

    /// <summary>A manifest as the store has it now; null when there is none.</summary>
    /// <exception cref="FaultException">Corrupt: it is damaged, and was so when it was fetched again.</exception>
    public async Task<Manifest?> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            if (await objects.GetAsync(KeyOf(digest), cancellationToken) is not { } bytes)
            {
                Forget(digest);
                return null;
            }

            if (Digest.Of(bytes) == digest)
            {
                var manifest = ManifestCodec.Decode(bytes);
                _manifests.Set(digest, manifest);
                _kinds.Set(digest, manifest.Kind);
                return manifest;
            }

            if (!isFirst)
            {
                throw FaultException.Corrupt($"The object {KeyOf(digest)} of the store is damaged: its bytes do not match its digest.");
            }
        }
    }

    /// <summary>It was collected.</summary>
    public void Forget(Digest digest)
    {
        _manifests.Remove(digest);
        _kinds.Remove(digest);
        _held.Remove(digest);
    }

    public static string KeyOf(Digest digest) => $"artifacts/{digest}";

    /// <summary>A manifest, which may have been collected since this process saw it; null when there is none.</summary>
    /// <exception cref="FaultException">Corrupt: it is damaged.</exception>
    public async Task<Manifest?> FindManifestAsync(Digest digest, CancellationToken cancellationToken) =>
        _manifests.TryGet(digest, out var known) ? known : await ReadAsync(digest, cancellationToken);

    private async Task HoldContentsAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        (string What, long Size, Digest Sha256)[] named =
        [
            .. manifest.Tensors.Select(tensor => ($"tensor {tensor.Name}", tensor.Size, tensor.Sha256)),
            .. manifest.Files.Select(file => ($"file {file.Path}", file.Size, file.Sha256)),
        ];
        var held = await contents.HoldAsync([.. named.Select(entry => entry.Sha256)], cancellationToken);
        foreach (var (entry, content) in named.Zip(held))
        {
            if (content is null)
            {
                throw FaultException.Precondition($"The store lacks the content {entry.Sha256} of the {entry.What}: write it first.");
            }

            if (content.Size != entry.Size)
            {
                throw FaultException.Invalid(
                    $"The {entry.What} is said to have {entry.Size} bytes, but its content {entry.Sha256} has {content.Size}.", "artifact");
            }
        }
    }

    private async Task HoldCheckpointsAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.DiffVector is not { } vector)
        {
            return;
        }

        foreach (var (digest, field) in new[] { (vector.FineTuned, "fine_tuned"), (vector.Pretrained, "pretrained") })
        {
            if (await HoldAsync(digest, cancellationToken) is not ArtifactKind.Checkpoint)
            {
                throw new FaultException(
                    FaultKind.Precondition, $"The diff vector names {digest}, and the store has no checkpoint of that digest: put it first.")
                {
                    Field = $"artifact.diff_vector.{field}",
                };
            }
        }
    }

    // What is being deleted may be of any kind that an artifact leads to.
    private async Task RefuseAsync(Manifest manifest, Condemned condemned, CancellationToken cancellationToken)
    {
        foreach (var digest in manifest.Contents.Distinct())
        {
            Holds.Refuse(ContentIndex.KeyOf(digest), condemned);
            if (await contents.FindIntactAsync(digest, cancellationToken) is { } content)
            {
                await contents.RefuseAsync(content, condemned, cancellationToken);
            }
        }

        if (manifest.DiffVector is { } vector)
        {
            foreach (var digest in new[] { vector.FineTuned, vector.Pretrained })
            {
                Holds.Refuse(KeyOf(digest), condemned);
                if (await ReadAsync(digest, cancellationToken) is { } checkpoint)
                {
                    await RefuseAsync(checkpoint, condemned, cancellationToken);
                }
            }
        }
    }
}
