using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;

namespace Graft.VectorStore.Contents;

/// <summary>The bytes of contents, checked. Holds two chunks at a time.</summary>
internal sealed class ContentReader(ContentIndex index, BlobStore blobs)
{
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
        var content = await index.FindAsync(digest, cancellationToken)
            ?? throw FaultException.NotFound($"The store has no content {digest}.");
        var end = CheckRange(content, offset, length);
        using var hash = offset == 0 && end == content.Size ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var first = (int)(offset / ContentCodec.MaxChunkSize);
        await foreach (var (i, chunk) in ReadChunksAsync(content, first, cancellationToken))
        {
            var begin = (long)i * ContentCodec.MaxChunkSize;
            var isLast = begin + chunk.Length >= end;
            hash?.AppendData(chunk.Span);
            if (isLast)
            {
                Check(digest, hash);
            }

            yield return chunk[(int)Math.Max(0, offset - begin)..(int)Math.Min(chunk.Length, end - begin)];
            if (isLast)
            {
                break;
            }
        }
    }

    /// <summary>Decoded chunks with their positions, from one of them on, each valid until the next one is asked for.</summary>
    public async IAsyncEnumerable<(int Position, ReadOnlyMemory<byte> Chunk)> ReadChunksAsync(
        StoredContent content, int first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parent = content.Parent is { } digest
            ? await index.FindAsync(digest, cancellationToken)
                ?? throw FaultException.Corrupt($"The object {ContentIndex.KeyOf(digest)}, which others are stored against, is missing from the store.")
            : null;
        var capacity = (int)Math.Min(ContentCodec.MaxChunkSize, content.Size);
        using var raw = MemoryPool<byte>.Shared.Rent(capacity);
        using var reference = MemoryPool<byte>.Shared.Rent(parent is null ? 0 : capacity);
        for (var i = first; i < content.Chunks.Count; i++)
        {
            var chunk = content.Chunks[i];
            var against = parent is null ? default : reference.Memory[..chunk.Size];
            if (parent is not null)
            {
                await ReadWholeChunkAsync(parent, i, against, cancellationToken);
            }

            await blobs.GetAsync(chunk, against, raw.Memory[..chunk.Size], cancellationToken);
            yield return (i, raw.Memory[..chunk.Size]);
        }
    }

    /// <summary>Decodes one chunk of a content that is stored whole.</summary>
    public Task ReadWholeChunkAsync(StoredContent content, int position, Memory<byte> raw, CancellationToken cancellationToken) =>
        content.Parent is null
            ? blobs.GetAsync(content.Chunks[position], default, raw, cancellationToken)
            : throw FaultException.Corrupt("A content is stored against one that is itself a delta; this store does not write that.");

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
