using System.Buffers;

namespace Graft.VectorStore.Contents;

/// <summary>Raw bytes of one chunk in a buffer of the pool, which disposing gives back.</summary>
internal sealed class RawChunk(IMemoryOwner<byte> owner, int position, int length) : IDisposable
{
    /// <summary>Which chunk of its content, from 0.</summary>
    public int Position => position;

    public Memory<byte> Memory => owner.Memory[..length];

    public static RawChunk Rent(int position, int length) => new(MemoryPool<byte>.Shared.Rent(length), position, length);

    public void Dispose() => owner.Dispose();
}
