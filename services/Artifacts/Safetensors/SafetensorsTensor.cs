namespace Graft.Artifacts.Safetensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name, such as "model.embed_tokens.weight".</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Row-major extents; empty for a scalar.</param>
/// <param name="Begin">Offset in the file of its first byte.</param>
/// <param name="End">Offset in the file behind its last byte.</param>
public sealed record SafetensorsTensor(string Name, DType DType, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Length of the raw little-endian bytes.</summary>
    public long Size => End - Begin;
}
