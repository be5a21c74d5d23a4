using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Contents;

/// <summary>How far interrupted writes got: the objects uploads/, one for a content, which only ever get longer.</summary>
internal sealed class UploadProgress(IObjectStore objects, ContentIndex index, Holds holds)
{
    /// <summary>The chunks that have arrived for good; null when none have.</summary>
    public async Task<StoredContent?> FindAsync(Digest digest, CancellationToken cancellationToken) =>
        await objects.GetAsync(KeyOf(digest), cancellationToken) is { } bytes ? await DecodeAsync(digest, bytes, cancellationToken) : null;

    /// <summary>The same, and they and the parent stay in the store for as long as a hold lasts.</summary>
    /// <exception cref="FaultException">Unavailable: they are being collected this moment.</exception>
    public Task<StoredContent?> HoldAsync(Digest digest, CancellationToken cancellationToken) => holds.DuringAsync(
        async (condemned, token) =>
        {
            if (await holds.RenewAsync(KeyOf(digest), condemned, token) is not { } held
                || await DecodeAsync(digest, held.Bytes, token) is not { } arrived)
            {
                return null;
            }

            await index.RefuseAsync(arrived, condemned, token);
            return arrived;
        },
        cancellationToken);

    /// <summary>Notes that these chunks are there.</summary>
    /// <returns>False, and nothing done, when another writer of the same content is further or was faster.</returns>
    public async Task<bool> RecordAsync(Digest digest, StoredContent soFar, CancellationToken cancellationToken)
    {
        var key = KeyOf(digest);
        var bytes = StoredContentCodec.Encode(soFar);
        if (await objects.PutIfAbsentAsync(key, bytes, cancellationToken))
        {
            return true;
        }

        return await objects.GetVersionedAsync(key, cancellationToken) is { } current
            && CountChunks(current.Bytes, key) <= soFar.Chunks.Count
            && await objects.ReplaceAsync(key, bytes, current.Version, cancellationToken);
    }

    public Task RemoveAsync(Digest digest, CancellationToken cancellationToken) => objects.DeleteAsync(KeyOf(digest), cancellationToken);

    private async Task<StoredContent?> DecodeAsync(Digest digest, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            return StoredContentCodec.Decode(bytes, isWhole: false, KeyOf(digest));
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            // Nothing of value is lost: the writer starts again.
            await RemoveAsync(digest, cancellationToken);
            return null;
        }
    }

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

    public static string KeyOf(Digest digest) => $"uploads/{digest}";
}
