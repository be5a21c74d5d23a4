using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;

namespace Graft.VectorStore.Contents;

/// <summary>
/// Takes contents in: cuts them into chunks, encodes each (against the same chunk of the parent if there is one), and makes the
/// content known when all its bytes match its digest. Holds two chunks at a time. Any number may write the same content at once.
/// </summary>
internal sealed class ContentWriter(ContentIndex index, ContentReader reader, BlobStore blobs, UploadProgress uploads)
{
    /// <summary>Writes one content.</summary>
    /// <param name="header">What is written; its offset is 0 or what <see cref="QueryAsync"/> said.</param>
    /// <param name="parts">The bytes from the offset on, in order.</param>
    /// <param name="cancellationToken">Breaks off; complete chunks stay.</param>
    /// <returns>Bytes the store keeps for it.</returns>
    /// <exception cref="FaultException">
    /// Invalid: the bytes do not match the header. Conflict: they no longer fit what has arrived before; query and go on from there.
    /// </exception>
    public async Task<long> WriteAsync(ContentHeader header, IAsyncEnumerable<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken)
    {
        if (header.Size < 0 || header.Offset < 0 || header.Offset > header.Size)
        {
            throw FaultException.Invalid($"A content cannot be {header.Size} bytes long and be written from {header.Offset} on.", "header.size");
        }

        if (await index.FindIntactAsync(header.Digest, cancellationToken) is { } existing)
        {
            return existing.Size == header.Size
                ? existing.StoredSize
                : throw FaultException.Invalid($"The content {header.Digest} has {existing.Size} bytes, not {header.Size}.", "header.size");
        }

        var soFar = await StartAsync(header, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await HashArrivedAsync(header, soFar, hash, cancellationToken);
        var content = await TakeAsync(header, soFar, parts, hash, cancellationToken);
        content = await index.AddAsync(header.Digest, content, cancellationToken);
        if (header.Size > ContentCodec.MaxChunkSize)
        {
            await uploads.RemoveAsync(header.Digest, cancellationToken);
        }

        return content.StoredSize;
    }

    /// <summary>How many bytes of a content have arrived for good, and whether that is all of it.</summary>
    public async Task<(long Committed, bool IsComplete)> QueryAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await index.FindIntactAsync(digest, cancellationToken) is { } complete)
        {
            return (complete.Size, true);
        }

        var soFar = await uploads.FindAsync(digest, cancellationToken);
        return (soFar?.Chunks.Sum(chunk => (long)chunk.Size) ?? 0, false);
    }

    private async Task<StoredContent> StartAsync(ContentHeader header, CancellationToken cancellationToken)
    {
        if (header.Offset == 0)
        {
            return new StoredContent(header.Size, header.DType, await ParentAsync(header, cancellationToken), []);
        }

        // Another writer may have got further meanwhile: any chunk's beginning will do.
        var arrived = await uploads.FindAsync(header.Digest, cancellationToken);
        var committed = arrived?.Chunks.Sum(chunk => (long)chunk.Size) ?? 0;
        return arrived?.Size == header.Size && header.Offset <= committed && header.Offset % ContentCodec.MaxChunkSize == 0
            ? arrived with { Chunks = [.. arrived.Chunks.Take((int)(header.Offset / ContentCodec.MaxChunkSize))] }
            : throw new FaultException(
                FaultKind.Conflict,
                $"{committed} of {arrived?.Size ?? header.Size} bytes of the content {header.Digest} have arrived for good; go on from there, not from {header.Offset} of {header.Size}.")
            {
                Field = "header.offset",
            };
    }

    // A parent must itself be stored whole, so that a read touches at most two contents: the parent of a delta takes its place.
    private async Task<Digest?> ParentAsync(ContentHeader header, CancellationToken cancellationToken)
    {
        var digest = header.Parent;
        var parent = digest is { } named ? await index.FindIntactAsync(named, cancellationToken) : null;
        if (parent?.Parent is { } root)
        {
            digest = root;
            parent = await index.FindIntactAsync(root, cancellationToken);
        }

        return parent is { Parent: null } && parent.Size == header.Size && digest != header.Digest ? digest : null;
    }

    // A hash cannot be saved half-way, so what has arrived is read back; that also proves that it is still there.
    private async Task HashArrivedAsync(ContentHeader header, StoredContent arrived, IncrementalHash hash, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (_, chunk) in reader.ReadChunksAsync(arrived, 0, cancellationToken))
            {
                hash.AppendData(chunk.Span);
            }
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            await uploads.RemoveAsync(header.Digest, cancellationToken);
            throw new FaultException(FaultKind.Conflict, $"What had arrived of the content {header.Digest} is damaged; start again.", fault);
        }
    }

    private async Task<StoredContent> TakeAsync(
        ContentHeader header,
        StoredContent soFar,
        IAsyncEnumerable<ReadOnlyMemory<byte>> parts,
        IncrementalHash hash,
        CancellationToken cancellationToken)
    {
        var parent = soFar.Parent is { } digest ? await index.FindAsync(digest, cancellationToken) : null;
        var received = header.Offset;
        var isChecked = false;
        var capacity = (int)Math.Min(ContentCodec.MaxChunkSize, header.Size - received);
        using var reference = MemoryPool<byte>.Shared.Rent(parent is null ? 0 : capacity);
        await foreach (var chunk in ChunkAsync(header, parts, capacity, cancellationToken))
        {
            hash.AppendData(chunk.Span);
            received += chunk.Length;
            if (received == header.Size)
            {
                await CheckAsync(header, hash, cancellationToken);
                isChecked = true;
            }

            var against = parent is null ? default : reference.Memory[..chunk.Length];
            if (parent is not null)
            {
                await reader.ReadWholeChunkAsync(parent, soFar.Chunks.Count, against, cancellationToken);
            }

            var stored = await blobs.PutAsync(chunk, header.DType, against, cancellationToken);
            soFar = soFar with { Chunks = [.. soFar.Chunks, stored] };
            if (!isChecked)
            {
                await uploads.RecordAsync(header.Digest, soFar, cancellationToken);
            }
        }

        if (!isChecked)
        {
            await CheckAsync(header, hash, cancellationToken);
        }

        return soFar;
    }

    // The bytes in chunks as they are stored, each valid until the next one is asked for. They are exactly as many as declared.
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunkAsync(
        ContentHeader header,
        IAsyncEnumerable<ReadOnlyMemory<byte>> parts,
        int capacity,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var buffer = MemoryPool<byte>.Shared.Rent(capacity);
        var left = header.Size - header.Offset;
        var filled = 0;
        await foreach (var part in parts.WithCancellation(cancellationToken))
        {
            for (var rest = part; rest.Length > 0;)
            {
                if (left == 0)
                {
                    throw FaultException.Invalid($"More than the declared {header.Size} bytes came for the content {header.Digest}.", "header.size");
                }

                var length = (int)Math.Min(rest.Length, Math.Min(left, capacity - filled));
                rest[..length].CopyTo(buffer.Memory[filled..]);
                (rest, filled, left) = (rest[length..], filled + length, left - length);
                if (filled == capacity || left == 0)
                {
                    yield return buffer.Memory[..filled];
                    filled = 0;
                }
            }
        }

        if (left > 0)
        {
            throw FaultException.Invalid(
                $"{header.Size} bytes were declared for the content {header.Digest}, but {header.Size - left} came.", "header.size");
        }
    }

    private async Task CheckAsync(ContentHeader header, IncrementalHash hash, CancellationToken cancellationToken)
    {
        var found = Digest.FromHash(hash.GetHashAndReset());
        if (found == header.Digest)
        {
            return;
        }

        if (header.Size > ContentCodec.MaxChunkSize)
        {
            await uploads.RemoveAsync(header.Digest, cancellationToken);
        }

        // Behind an offset, the wrong bytes may be the ones that somebody else sent before.
        throw header.Offset > 0
            ? new FaultException(FaultKind.Conflict, $"What had arrived before and what came now are not the content {header.Digest}; start again.")
            : FaultException.Invalid($"The bytes have the digest {found}, and the header says {header.Digest}.", "header.sha256");
    }
}
