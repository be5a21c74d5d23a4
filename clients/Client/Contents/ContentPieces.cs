using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Client.Contents;

/// <summary>A content front to back, in pieces of which a few are on their way at a time.</summary>
internal static class ContentPieces
{
    /// <summary>Bytes of all pieces in memory: eight chunks of the store, fetched and decoded at once.</summary>
    public const int WindowBytes = Window * ContentSource.PieceBytes;

    private const int Window = 8;

    /// <summary>Pieces in order, each valid until the next one is asked for; the last one is given out when all match the digest.</summary>
    /// <exception cref="FaultException">NotFound; Corrupt: the bytes do not match the digest or have another length.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        ContentReader reader, Digest content, long size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var kept = await reader.BeginKeepingAsync(content, size, cancellationToken);
        Queue<(byte[] Buffer, int Length, Task Reading)> window = new(Window);
        var asked = 0L;
        try
        {
            for (var done = 0L; done < size;)
            {
                for (; asked < size && window.Count < Window; asked += window.Last().Length)
                {
                    window.Enqueue(Start(reader, content, asked, (int)Math.Min(ContentSource.PieceBytes, size - asked), stop.Token));
                }

                await window.Peek().Reading;
                var (buffer, length, _) = window.Peek();
                done += length;
                hash.AppendData(buffer, 0, length);
                kept?.Append(buffer.AsSpan(0, length));
                if (done == size)
                {
                    Check(content, hash);
                    kept?.Complete();
                }

                yield return buffer.AsMemory(0, length);
                ArrayPool<byte>.Shared.Return(window.Dequeue().Buffer);
            }

            if (size == 0)
            {
                Check(content, hash);
            }
        }
        finally
        {
            // Whoever leaves early must not hand back memory that is still being written to.
            await stop.CancelAsync();
            foreach (var (buffer, _, reading) in window)
            {
                await Task.WhenAny(reading);
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static (byte[] Buffer, int Length, Task Reading) Start(
        ContentReader reader, Digest content, long offset, int length, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        return (buffer, length, Task.Run(() => reader.ReadRangeAsync(content, offset, buffer.AsMemory(0, length), cancellationToken), cancellationToken));
    }

    private static void Check(Digest content, IncrementalHash hash)
    {
        if (Digest.FromHash(hash.GetHashAndReset()) != content)
        {
            throw FaultException.Corrupt(
                $"The bytes received for the content {content} do not match its digest; check the store and the network between.");
        }
    }
}
