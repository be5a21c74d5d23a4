using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Contents;

/// <summary>How far interrupted writes got: the objects uploads/, one for a content, which only ever get longer.</summary>
internal sealed class UploadProgress(IObjectStore objects)
{
    /// <summary>The chunks that have arrived for good; null when none have.</summary>
    public async Task<StoredContent?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await objects.GetAsync(KeyOf(digest), cancellationToken) is { } bytes
                ? StoredContentCodec.Decode(bytes, isWhole: false, KeyOf(digest))
                : null;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            // Nothing of value is lost: the writer starts again.
            await RemoveAsync(digest, cancellationToken);
            return null;
        }
    }

    /// <summary>Notes that these chunks are there, unless another writer of the same content is further.</summary>
    public async Task RecordAsync(Digest digest, StoredContent soFar, CancellationToken cancellationToken)
    {
        var key = KeyOf(digest);
        var bytes = StoredContentCodec.Encode(soFar);
        if (await objects.PutIfAbsentAsync(key, bytes, cancellationToken))
        {
            return;
        }

        if (await objects.GetVersionedAsync(key, cancellationToken) is { } current
            && CountChunks(current.Bytes, key) < soFar.Chunks.Count)
        {
            // Lost to another writer, that one goes on.
            await objects.ReplaceAsync(key, bytes, current.Version, cancellationToken);
        }
    }

    public Task RemoveAsync(Digest digest, CancellationToken cancellationToken) => objects.DeleteAsync(KeyOf(digest), cancellationToken);

    private static int CountChunks(byte[] bytes, string key)
    {
        try
        {
            return StoredContentCodec.Decode(bytes, isWhole: false, key).Chunks.Count;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return 0;
        }
    }

    private static string KeyOf(Digest digest) => $"uploads/{digest}";
}
