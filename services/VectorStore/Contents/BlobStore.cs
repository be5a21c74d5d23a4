using System.Buffers;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Contents;

/// <summary>Encoded chunks: the objects blobs/. Everything read is checked against its digest.</summary>
internal sealed partial class BlobStore(IObjectStore objects, Holds holds, ILogger<BlobStore> logger, StoreMetrics? metrics = null) : IDisposable
{
    // Encoding is nothing but computing: more at once than there are cores would only keep the answers to others waiting.
    private readonly SemaphoreSlim _encoders = new(Environment.ProcessorCount);

    /// <summary>
    /// Encodes a chunk and keeps it. Whoever refers to the blob does so between two looks at the state of garbage collection
    /// (<see cref="Holds"/>), of which the first one gave <paramref name="condemned"/>.
    /// </summary>
    /// <param name="raw">At most <see cref="ContentCodec.MaxChunkSize"/> bytes.</param>
    /// <param name="dtype">Element type; null for files.</param>
    /// <param name="parent">The same chunk of the parent; null for none.</param>
    /// <param name="condemned">What garbage collection is deleting now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Corrupt: the parent is damaged. Unavailable: the blob is being deleted this moment.</exception>
    public async Task<StoredChunk> PutAsync(
        ReadOnlyMemory<byte> raw, DType? dtype, StoredChunk? parent, Condemned condemned, CancellationToken cancellationToken)
    {
        using var reference = MemoryPool<byte>.Shared.Rent(parent?.Size ?? 0);
        var against = reference.Memory[..(parent?.Size ?? 0)];
        if (parent is not null)
        {
            await GetAsync(parent, null, against, cancellationToken);
        }

        var (blob, encoded) = await EncodeAsync(raw, dtype, against, cancellationToken);
        await holds.PutOnceAsync(KeyOf(blob), encoded, condemned, cancellationToken);
        return new StoredChunk(blob, raw.Length, encoded.Length);
    }

    /// <summary>Fetches and decodes a chunk; what it is a delta against is fetched at the same time.</summary>
    /// <param name="chunk">Which.</param>
    /// <param name="parent">The same chunk of the parent, itself stored whole; null for none.</param>
    /// <param name="raw">Receives the chunk; as long as it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Corrupt: a blob is missing or damaged, and was so when it was fetched again.</exception>
    public async Task GetAsync(StoredChunk chunk, StoredChunk? parent, Memory<byte> raw, CancellationToken cancellationToken)
    {
        var own = GetEncodedAsync(chunk, cancellationToken);
        if (parent is null)
        {
            Decode(chunk, await own, default, raw.Span);
            return;
        }

        var others = GetEncodedAsync(parent, cancellationToken);
        await Task.WhenAll(own, others);
        using var reference = MemoryPool<byte>.Shared.Rent(parent.Size);
        var against = reference.Memory[..parent.Size];
        Decode(parent, await others, default, against.Span);
        Decode(chunk, await own, against.Span, raw.Span);
    }

    /// <summary>What is wrong with a blob, after "blobs/... "; null when it matches its digest.</summary>
    public async Task<string?> FindDamageAsync(StoredChunk chunk, CancellationToken cancellationToken) =>
        await objects.GetAsync(KeyOf(chunk.Blob), cancellationToken) is not { } encoded ? "is missing"
        : Digest.Of(encoded) != chunk.Blob ? $"does not match its digest: {encoded.Length} bytes, {chunk.StoredSize} were written"
        : null;

    public void Dispose() => _encoders.Dispose();

    public static string KeyOf(Digest blob) => $"blobs/{blob}";

    private async Task<(Digest Blob, byte[] Encoded)> EncodeAsync(
        ReadOnlyMemory<byte> raw, DType? dtype, ReadOnlyMemory<byte> parent, CancellationToken cancellationToken)
    {
        await _encoders.WaitAsync(cancellationToken);
        try
        {
            var encoded = ContentCodec.Encode(raw.Span, dtype, parent.Span);
            return (Digest.Of(encoded), encoded);
        }
        finally
        {
            _encoders.Release();
        }
    }

    private static void Decode(StoredChunk chunk, byte[] encoded, ReadOnlySpan<byte> parent, Span<byte> raw)
    {
        try
        {
            ContentCodec.Decode(encoded, parent, raw);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            throw FaultException.Corrupt($"The object {KeyOf(chunk.Blob)} of the store cannot be decoded: {fault.Message}", fault);
        }
    }

    private async Task<byte[]> GetEncodedAsync(StoredChunk chunk, CancellationToken cancellationToken)
    {
        var key = KeyOf(chunk.Blob);
        for (var isFirst = true; ; isFirst = false)
        {
            var encoded = await objects.GetAsync(key, cancellationToken);
            if (encoded is not null && Digest.Of(encoded) == chunk.Blob)
            {
                return encoded;
            }

            if (!isFirst)
            {
                throw FaultException.Corrupt(encoded is null
                    ? $"The object {key} is missing from the store."
                    : $"The object {key} of the store is damaged: its {encoded.Length} bytes do not match its digest.");
            }

            metrics?.Damaged();
            LogDamage(key);
        }
    }

    [LoggerMessage(200, LogLevel.Warning, "The object {Key} came damaged or not at all; it is fetched once more.")]
    private partial void LogDamage(string key);
}
