namespace Graft.VectorStore.Contents;

/// <summary>Bounds the chunks that are being encoded and put, of all uploads of this process together.</summary>
internal sealed class ChunkSlots : IDisposable
{
    /// <summary>
    /// Of all uploads: enough to keep eight at work on an object store that takes 50 ms a chunk, 256 MiB of memory at the worst
    /// (raw, raw of the parent, and both as they are stored: 16 MiB each).
    /// </summary>
    public const int Total = 16;

    /// <summary>Of one upload. With it, an upload has one more chunk in memory: the one that is arriving.</summary>
    public const int EachUpload = 8;

    public SemaphoreSlim Free { get; } = new(Total);

    public void Dispose() => Free.Dispose();
}
