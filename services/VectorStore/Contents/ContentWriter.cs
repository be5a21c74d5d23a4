using System.Collections.Concurrent;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Contents;

/// <summary>
/// Takes contents in: cuts them into chunks, encodes each (against the same chunk of the parent if there is one), and makes the
/// content known when all its bytes match its digest. Any number may write the same content at once; <see cref="ChunkSlots"/> says
/// how much memory all of them take.
/// </summary>
internal sealed class ContentWriter(
    IObjectStore objects,
    ContentIndex index,
    ContentReader reader,
    BlobStore blobs,
    UploadProgress uploads,
    ChunkSlots slots,
    Holds holds,
    TimeProvider time,
    StoreMetrics? metrics = null)
{
    /// <summary>Bytes of the longest content: the list of its chunks still fits into one object and one message.</summary>
    public const long MaxSize = 64L << 30;

    private readonly ConcurrentDictionary<ChunkPipeline, Digest> _running = new();

    /// <summary>Writes one content.</summary>
    /// <param name="header">What is written; its offset is 0 or what <see cref="QueryAsync"/> said.</param>
    /// <param name="parts">The bytes from the offset on, in order.</param>
    /// <param name="cancellationToken">Breaks off; chunks that came whole stay.</param>
    /// <returns>Bytes the store keeps for it.</returns>
    /// <exception cref="FaultException">
    /// Invalid: the bytes do not match the header. Conflict: they no longer fit what has arrived before; query and go on from there.
    /// </exception>
    public async Task<long> WriteAsync(ContentHeader header, IAsyncEnumerable<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken)
    {
        CheckHeader(header);
        var look = await holds.LookAsync(cancellationToken);
        if (await index.FindIntactAsync(header.Digest, cancellationToken) is not null
            && await index.HoldAsync(header.Digest, cancellationToken) is { } existing)
        {
            metrics?.Known(existing.Size);
            return existing.Size == header.Size
                ? existing.StoredSize
                : throw FaultException.Invalid($"The content {header.Digest} has {existing.Size} bytes, not {header.Size}.", "header.size");
        }

        var soFar = await StartAsync(header, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await HashArrivedAsync(header, soFar, hash, cancellationToken);
        var parent = await reader.FindParentAsync(soFar, cancellationToken);
        using var pipeline = new ChunkPipeline(header.Digest, soFar, parent, holds.CondemnedIn(look), blobs, uploads, slots, time);
        var content = await TakeAsync(header, parts, pipeline, hash, cancellationToken);
        var lookAgain = await holds.LookAsync(cancellationToken);
        var isLate = pipeline.SinceRecord > holds.Term || lookAgain.Generation != look.Generation;
        if (isLate)
        {
            lookAgain = await HoldArrivedAsync(header, content, cancellationToken);
        }

        content = await index.AddAsync(header.Digest, content, lookAgain, cancellationToken);
        if (isLate || header.Size > ContentCodec.MaxChunkSize)
        {
            await uploads.RemoveAsync(header.Digest, cancellationToken);
        }

        metrics?.Stored(content.Size, content.StoredSize, content.Parent is not null);
        return content.StoredSize;
    }

    /// <summary>
    /// How many bytes of a content have arrived for good, and whether that is all of it. Waits for chunks that this process is
    /// just storing, so that a writer whose connection broke is not asked for them again.
    /// </summary>
    public async Task<(long Committed, bool IsComplete)> QueryAsync(Digest digest, CancellationToken cancellationToken)
    {
        foreach (var pipeline in _running.Where(entry => entry.Value == digest).Select(entry => entry.Key))
        {
            await pipeline.SettleAsync().WaitAsync(cancellationToken);
        }

        if (await index.HoldAsync(digest, cancellationToken) is { } complete)
        {
            return (complete.Size, true);
        }

        return ((await uploads.FindAsync(digest, cancellationToken))?.ArrivedSize ?? 0, false);
    }

    private static void CheckHeader(ContentHeader header)
    {
        if (header.Size is < 0 or > MaxSize)
        {
            throw FaultException.Invalid($"A content cannot be {header.Size} bytes long; up to {MaxSize} are taken.", "header.size");
        }

        if (header.Offset < 0 || header.Offset > header.Size)
        {
            throw FaultException.Invalid($"A content of {header.Size} bytes cannot be written from {header.Offset} on.", "header.offset");
        }
    }

    private async Task<StoredContent> StartAsync(ContentHeader header, CancellationToken cancellationToken)
    {
        if (header.Offset == 0)
        {
            return new StoredContent(header.Size, header.DType, await ParentAsync(header, cancellationToken), []);
        }

        // Another writer may have got further meanwhile: any chunk's beginning will do.
        var arrived = await uploads.HoldAsync(header.Digest, cancellationToken);
        return arrived?.Size == header.Size && header.Offset <= arrived.ArrivedSize && header.Offset % ContentCodec.MaxChunkSize == 0
            ? arrived with { Chunks = [.. arrived.Chunks.Take((int)(header.Offset / ContentCodec.MaxChunkSize))] }
            : throw new FaultException(
                FaultKind.Conflict,
                $"{arrived?.ArrivedSize ?? 0} of {arrived?.Size ?? header.Size} bytes of the content {header.Digest} have arrived for good; go on from there, not from {header.Offset} of {header.Size}.")
            {
                Field = "header.offset",
            };
    }

    // A parent must itself be stored whole, so that a read touches at most two contents: the parent of a delta takes its place.
    private async Task<Digest?> ParentAsync(ContentHeader header, CancellationToken cancellationToken)
    {
        var digest = header.Parent;
        var parent = digest is { } named ? await index.HoldAsync(named, cancellationToken) : null;
        if (parent?.Parent is { } root)
        {
            digest = root;
            parent = await index.HoldAsync(root, cancellationToken);
        }

        return parent is { Parent: null } && parent.Size == header.Size && digest != header.Digest ? digest : null;
    }

    // A hash cannot be saved half-way, so what has arrived is read back; that also proves that it is still there.
    private async Task HashArrivedAsync(ContentHeader header, StoredContent arrived, IncrementalHash hash, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in reader.ReadChunksAsync(arrived, 0, arrived.Chunks.Count, cancellationToken))
            {
                hash.AppendData(chunk.Memory.Span);
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
        IAsyncEnumerable<ReadOnlyMemory<byte>> parts,
        ChunkPipeline pipeline,
        IncrementalHash hash,
        CancellationToken cancellationToken)
    {
        _running.TryAdd(pipeline, header.Digest);
        var received = header.Offset;
        var isChecked = false;
        try
        {
            await foreach (var chunk in ChunkSource.CutAsync(header, parts, cancellationToken))
            {
                hash.AppendData(chunk.Memory.Span);
                received += chunk.Memory.Length;
                if (received == header.Size)
                {
                    await CheckAsync(header, pipeline, hash, chunk, cancellationToken);
                    isChecked = true;
                }

                await pipeline.AddAsync(chunk);
            }

            if (!isChecked)
            {
                await CheckAsync(header, pipeline, hash, null, cancellationToken);
            }

            return await pipeline.FinishAsync();
        }
        finally
        {
            await pipeline.SettleAsync();
            _running.TryRemove(pipeline, out _);
        }
    }

    private async Task CheckAsync(
        ContentHeader header, ChunkPipeline pipeline, IncrementalHash hash, RawChunk? last, CancellationToken cancellationToken)
    {
        var found = Digest.FromHash(hash.GetHashAndReset());
        if (found == header.Digest)
        {
            return;
        }

        last?.Dispose();
        await pipeline.SettleAsync();
        if (header.Size > ContentCodec.MaxChunkSize)
        {
            await uploads.RemoveAsync(header.Digest, cancellationToken);
        }

        // Behind an offset, the wrong bytes may be the ones that somebody else sent before.
        throw header.Offset > 0
            ? new FaultException(FaultKind.Conflict, $"What had arrived before and what came now are not the content {header.Digest}; start again.")
            : FaultException.Invalid($"The bytes have the digest {found}, and the header says {header.Digest}.", "header.sha256");
    }

    // Garbage was collected since the upload began, or it stood still for long: whether all of it is still there is looked up.
    private async Task<CollectionState> HoldArrivedAsync(ContentHeader header, StoredContent content, CancellationToken cancellationToken)
    {
        var look = await holds.LookAsync(cancellationToken);
        var isThere = await holds.DuringAsync(
            look,
            async (condemned, token) =>
            {
                await index.RefuseAsync(content, condemned, token);
                if (!await uploads.RecordAsync(header.Digest, content, token)
                    || (content.Parent is { } parent && await index.ReloadAsync(parent, token) is null))
                {
                    return false;
                }

                var found = new bool[content.Chunks.Count];
                await Batch.ForEachAsync(
                    found.Length, async (i, each) => found[i] = await objects.ExistsAsync(BlobStore.KeyOf(content.Chunks[i].Blob), each), token);
                return found.All(isFound => isFound);
            },
            cancellationToken);
        if (isThere)
        {
            return look;
        }

        await uploads.RemoveAsync(header.Digest, cancellationToken);
        throw new FaultException(FaultKind.Conflict, $"The upload of the content {header.Digest} took so long that a part of it was collected; start again.");
    }
}
