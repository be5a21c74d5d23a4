using Graft.Artifacts;

namespace Graft.VectorStore.Contents;

/// <summary>How a content is stored; see StoredContent in vector_store.proto.</summary>
/// <param name="Size">Length of the content in bytes.</param>
/// <param name="DType">Element type; null for files.</param>
/// <param name="Parent">Content it is a delta against, itself stored whole and of the same size; null when it is stored whole.</param>
/// <param name="Chunks">In order; all but the last one hold <see cref="Graft.Artifacts.Delta.ContentCodec.MaxChunkSize"/> bytes.</param>
internal sealed record StoredContent(long Size, DType? DType, Digest? Parent, IReadOnlyList<StoredChunk> Chunks)
{
    /// <summary>Bytes kept for it.</summary>
    public long StoredSize => Chunks.Sum(chunk => (long)chunk.StoredSize);

    /// <summary>Bytes of the content that its chunks hold: all of them, or those of an upload that have arrived.</summary>
    public long ArrivedSize => Chunks.Sum(chunk => (long)chunk.Size);
}

/// <summary>One encoded piece.</summary>
/// <param name="Blob">SHA-256 of the encoded bytes.</param>
/// <param name="Size">Length decoded.</param>
/// <param name="StoredSize">Length encoded.</param>
internal sealed record StoredChunk(Digest Blob, int Size, int StoredSize);
