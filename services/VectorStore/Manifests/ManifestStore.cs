using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Manifests;

/// <summary>Artifacts by digest: the objects artifacts/. One that is there is complete.</summary>
internal sealed class ManifestStore(IObjectStore objects, ContentIndex contents)
{
    // A manifest of a large model is a few hundred kilobytes in memory.
    private const int ManifestCapacity = 300;
    private const int KindCapacity = 100_000;

    private readonly BoundedCache<Manifest> _manifests = new(ManifestCapacity);
    private readonly BoundedCache<ArtifactKind> _kinds = new(KindCapacity);

    /// <summary>Completes an artifact.</summary>
    /// <exception cref="FaultException">Invalid: malformed. Precondition: something it consists of, or is the difference of, is missing.</exception>
    public async Task<Digest> PutAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        ManifestCheck.Check(manifest);
        var bytes = ManifestCodec.Encode(manifest);
        var digest = Digest.Of(bytes);
        if (!await IsIntactAsync(digest, cancellationToken))
        {
            await CheckContentsAsync(manifest, cancellationToken);
            await CheckCheckpointsAsync(manifest, cancellationToken);

            // Contents before the manifest that names them, on the disk too.
            await objects.FlushAsync(cancellationToken);
            await objects.PutOnceAsync(KeyOf(digest), bytes, cancellationToken);
        }

        return digest;
    }

    /// <summary>Null when there is no such artifact.</summary>
    /// <exception cref="FaultException">Corrupt: its manifest, or how a content of it is stored, is damaged or missing.</exception>
    public async Task<StoredArtifact?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await FindManifestAsync(digest, cancellationToken) is not { } manifest)
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

    // A damaged manifest counts as missing: putting the artifact again repairs it.
    private async Task<bool> IsIntactAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await FindManifestAsync(digest, cancellationToken) is not null;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return false;
        }
    }

    private async Task<Manifest?> FindManifestAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (_manifests.TryGet(digest, out var known))
        {
            return known;
        }

        for (var isFirst = true; ; isFirst = false)
        {
            if (await objects.GetAsync(KeyOf(digest), cancellationToken) is not { } bytes)
            {
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

    private async Task CheckContentsAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var named = manifest.Tensors.Select(tensor => (What: $"tensor {tensor.Name}", tensor.Size, tensor.Sha256))
            .Concat(manifest.Files.Select(file => (What: $"file {file.Path}", file.Size, file.Sha256)));
        foreach (var (what, size, digest) in named)
        {
            var content = await contents.FindIntactAsync(digest, cancellationToken)
                ?? throw FaultException.Precondition($"The store lacks the content {digest} of the {what}: write it first.");
            if (content.Size != size)
            {
                throw FaultException.Invalid($"The {what} is said to have {size} bytes, but its content {digest} has {content.Size}.", "artifact");
            }
        }
    }

    private async Task CheckCheckpointsAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.DiffVector is not { } vector)
        {
            return;
        }

        foreach (var (digest, field) in new[] { (vector.FineTuned, "fine_tuned"), (vector.Pretrained, "pretrained") })
        {
            if (await FindKindAsync(digest, cancellationToken) is not ArtifactKind.Checkpoint)
            {
                throw new FaultException(
                    FaultKind.Precondition, $"The diff vector names {digest}, and the store has no checkpoint of that digest: put it first.")
                {
                    Field = $"artifact.diff_vector.{field}",
                };
            }
        }
    }

    private static string KeyOf(Digest digest) => $"artifacts/{digest}";
}
