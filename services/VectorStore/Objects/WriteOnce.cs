namespace Graft.VectorStore.Objects;

/// <summary>Objects that never change once they are right.</summary>
internal static class WriteOnce
{
    /// <summary>
    /// Puts an object whose key stands for its bytes. Damaged bytes that lie there (of a disk that failed, or a power failure before
    /// a flush) are replaced, so that writing again heals.
    /// </summary>
    public static async Task PutOnceAsync(this IObjectStore objects, string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        // A lost race is another look: whoever won it wrote the same bytes.
        while (!await objects.PutIfAbsentAsync(key, bytes, cancellationToken))
        {
            if (await objects.GetVersionedAsync(key, cancellationToken) is { } existing
                && (existing.Bytes.AsSpan().SequenceEqual(bytes.Span)
                    || await objects.ReplaceAsync(key, bytes, existing.Version, cancellationToken)))
            {
                return;
            }
        }
    }
}
