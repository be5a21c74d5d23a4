using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Contents;

/// <summary>Encoded chunks: the objects blobs/. Everything read is checked against its digest.</summary>
internal sealed partial class BlobStore(IObjectStore objects, ILogger<BlobStore> logger)
{
    /// <summary>Encodes a chunk and keeps it.</summary>
    /// <param name="raw">At most <see cref="ContentCodec.MaxChunkSize"/> bytes.</param>
    /// <param name="dtype">Element type; null for files.</param>
    /// <param name="parent">The same chunk of the parent; empty for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StoredChunk> PutAsync(
        ReadOnlyMemory<byte> raw, DType? dtype, ReadOnlyMemory<byte> parent, CancellationToken cancellationToken)
    {
        var encoded = ContentCodec.Encode(raw.Span, dtype, parent.Span);
        var chunk = new StoredChunk(Digest.Of(encoded), raw.Length, encoded.Length);
        await objects.PutOnceAsync(KeyOf(chunk.Blob), encoded, cancellationToken);
        return chunk;
    }

    /// <summary>Fetches and decodes a chunk.</summary>
    /// <param name="chunk">Which.</param>
    /// <param name="parent">The same chunk of the parent; empty for none.</param>
    /// <param name="raw">Receives the chunk; as long as it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Corrupt: the blob is missing or damaged, and was so when it was fetched again.</exception>
    public async Task GetAsync(StoredChunk chunk, ReadOnlyMemory<byte> parent, Memory<byte> raw, CancellationToken cancellationToken)
    {
        var encoded = await GetEncodedAsync(chunk, cancellationToken);
        try
        {
            ContentCodec.Decode(encoded, parent.Span, raw.Span);
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

            LogDamage(key);
        }
    }

    private static string KeyOf(Digest blob) => $"blobs/{blob}";

    [LoggerMessage(200, LogLevel.Warning, "The object {Key} came damaged or not at all; it is fetched once more.")]
    private partial void LogDamage(string key);
}
