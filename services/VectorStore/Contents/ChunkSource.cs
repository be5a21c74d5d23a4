using System.Runtime.CompilerServices;
using Graft.Artifacts.Delta;
using Graft.Faults;

namespace Graft.VectorStore.Contents;

/// <summary>The bytes of a write, cut into chunks as they are stored.</summary>
internal static class ChunkSource
{
    /// <summary>Chunks in order, each the consumer's to dispose of. They are exactly as many bytes as declared.</summary>
    /// <exception cref="FaultException">Invalid: more or less than the header says.</exception>
    public static async IAsyncEnumerable<RawChunk> CutAsync(
        ContentHeader header, IAsyncEnumerable<ReadOnlyMemory<byte>> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = header.Size - header.Offset;
        var position = (int)(header.Offset / ContentCodec.MaxChunkSize);
        var filled = 0;
        RawChunk? chunk = null;
        try
        {
            await foreach (var part in parts.WithCancellation(cancellationToken))
            {
                for (var rest = part; rest.Length > 0;)
                {
                    if (left == 0)
                    {
                        throw FaultException.Invalid($"More than the declared {header.Size} bytes came for the content {header.Digest}.", "header.size");
                    }

                    chunk ??= RawChunk.Rent(position++, (int)Math.Min(ContentCodec.MaxChunkSize, left));
                    var length = Math.Min(rest.Length, chunk.Memory.Length - filled);
                    rest[..length].CopyTo(chunk.Memory[filled..]);
                    (rest, filled, left) = (rest[length..], filled + length, left - length);
                    if (filled == chunk.Memory.Length)
                    {
                        var whole = chunk;
                        (chunk, filled) = (null, 0);
                        yield return whole;
                    }
                }
            }
        }
        finally
        {
            chunk?.Dispose();
        }

        if (left > 0)
        {
            throw FaultException.Invalid(
                $"{header.Size} bytes were declared for the content {header.Digest}, but {header.Size - left} came.", "header.size");
        }
    }
}
