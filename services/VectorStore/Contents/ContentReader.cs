using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;

namespace Graft.VectorStore.Contents;

/// <summary>
/// The bytes of contents, checked. Each read fetches <see cref="Depth"/> chunks ahead of its consumer, a delta's and its parent's at
/// the same time: at most 80 MiB a read of a delta, when nothing compresses (raw, raw of the parent and both as they are stored,
/// for each of them), and half of it of a content that is stored whole.
/// </summary>
internal sealed class ContentReader(ContentIndex index, BlobStore blobs)
{
    /// <summary>Chunks being fetched ahead: an object store answers after tens of milliseconds, whatever the network can carry.</summary>
    public const int Depth = 4;

    /// <summary>
    /// The bytes of a content in pieces, each valid until the next one is asked for. Read whole, they are checked against the content's
    /// digest before the last piece is given out; a range is checked blob by blob.
    /// </summary>
    /// <param name="digest">Which content.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">How many bytes; 0 for all that follow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound; Invalid: beyond its end; Corrupt, naming the object.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Digest digest, long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var content = await FindAsync(digest, cancellationToken);
        var end = CheckRange(content, offset, length);
        using var hash = offset == 0 && end == content.Size ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var first = (int)(offset / ContentCodec.MaxChunkSize);
        var last = (int)((end + ContentCodec.MaxChunkSize - 1) / ContentCodec.MaxChunkSize);
        await foreach (var chunk in ReadChunksAsync(content, first, Math.Max(first, last), cancellationToken))
        {
            var raw = chunk.Memory;
            var begin = (long)chunk.Position * ContentCodec.MaxChunkSize;
            hash?.AppendData(raw.Span);
            if (begin + raw.Length >= end)
            {
                Check(digest, hash);
            }

            yield return raw[(int)Math.Max(0, offset - begin)..(int)Math.Min(raw.Length, end - begin)];
        }
    }

    /// <summary>Decoded chunks from one of them on, each valid until the next one is asked for.</summary>
    /// <param name="content">How the content is stored.</param>
    /// <param name="first">Position of the first chunk.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Corrupt, naming the object.</exception>
    public async IAsyncEnumerable<RawChunk> ReadChunksAsync(
        StoredContent content, int first, int end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parent = await FindParentAsync(content, cancellationToken);
        var chunks = ReadAhead.InOrderAsync(first, end, Depth, (i, token) => ReadChunkAsync(content, parent, i, token), cancellationToken);
        await foreach (var chunk in chunks)
        {
            using (chunk)
            {
                yield return chunk;
            }
        }
    }

    /// <summary>What a content is a delta against; null when it is stored whole.</summary>
    /// <exception cref="FaultException">Corrupt: it is missing, or is a delta itself.</exception>
    public async Task<StoredContent?> FindParentAsync(StoredContent content, CancellationToken cancellationToken)
    {
        if (content.Parent is not { } digest)
        {
            return null;
        }

        var parent = await index.FindAsync(digest, cancellationToken)
            ?? throw FaultException.Corrupt($"The object {ContentIndex.KeyOf(digest)}, which others are stored against, is missing from the store.");
        return parent.Parent is null
            ? parent
            : throw FaultException.Corrupt($"The object {ContentIndex.KeyOf(digest)}, which others are stored against, is itself a delta; this store does not write that.");
    }

    /// <summary>One decoded chunk, the caller's to dispose of.</summary>
    public async Task<RawChunk> ReadChunkAsync(StoredContent content, StoredContent? parent, int position, CancellationToken cancellationToken)
    {
        var chunk = content.Chunks[position];
        var raw = RawChunk.Rent(position, chunk.Size);
        try
        {
            await blobs.GetAsync(chunk, parent?.Chunks[position], raw.Memory, cancellationToken);
            return raw;
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    private async Task<StoredContent> FindAsync(Digest digest, CancellationToken cancellationToken) =>
        await index.FindAsync(digest, cancellationToken) ?? throw FaultException.NotFound($"The store has no content {digest}.");

    private static long CheckRange(StoredContent content, long offset, long length) =>
        offset >= 0 && offset <= content.Size && length >= 0 && length <= content.Size - offset
            ? length == 0 ? content.Size : offset + length
            : throw FaultException.Invalid(
                $"{length} bytes from {offset} on are asked for, but the content has {content.Size}.", length < 0 ? "length" : "offset");

    private static void Check(Digest digest, IncrementalHash? hash)
    {
        if (hash is not null && Digest.FromHash(hash.GetHashAndReset()) != digest)
        {
            throw FaultException.Corrupt(
                $"The object {ContentIndex.KeyOf(digest)} of the store is damaged: what it leads to does not match its digest.");
        }
    }
}
