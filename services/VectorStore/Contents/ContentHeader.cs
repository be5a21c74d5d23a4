using Graft.Artifacts;

namespace Graft.VectorStore.Contents;

/// <summary>What a write is about; see WriteHeader in vector_store.proto.</summary>
/// <param name="Digest">SHA-256 of the whole content.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Offset">Where the bytes that follow begin.</param>
/// <param name="DType">Element type; null for files.</param>
/// <param name="Parent">A content that is probably similar.</param>
internal sealed record ContentHeader(Digest Digest, long Size, long Offset, DType? DType, Digest? Parent);
