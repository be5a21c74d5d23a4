using System.Buffers;
using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Client;

namespace Graft.Merger.Reading;

/// <summary>
/// The same slice of several tensors at a time, so that memory does not grow with the tensors. While one is being worked on, the next
/// is on its way.
/// </summary>
internal static class TensorSlices
{
    // Eight doubles, which is what the kernels work on at a time.
    private const int SliceAlignment = 64;

    /// <param name="store">Where the tensors are.</param>
    /// <param name="tensors">What to read; shorter ones are continued with zeros.</param>
    /// <param name="size">Bytes to read of each.</param>
    /// <param name="sliceBytes">Bytes of a slice.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One memory for each tensor, all of one length; good until the next is asked for.</returns>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>[]> ReadAsync(
        StoreClient store,
        IReadOnlyList<TensorEntry> tensors,
        long size,
        int sliceBytes,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var step = (int)Math.Min(sliceBytes & ~(SliceAlignment - 1), size);
        TensorReader[] readers = [.. tensors.Select(tensor => new TensorReader(store, tensor))];
        byte[][] current = [.. tensors.Select(_ => ArrayPool<byte>.Shared.Rent(step))];
        byte[][] ahead = [.. tensors.Select(_ => ArrayPool<byte>.Shared.Rent(step))];
        var reading = size > 0 ? StartReading(readers, ahead, step, cancellationToken) : Task.CompletedTask;
        try
        {
            for (var begin = 0L; begin < size; begin += step)
            {
                await reading;
                (current, ahead) = (ahead, current);
                var length = (int)Math.Min(step, size - begin);
                var next = (int)Math.Min(step, size - begin - length);
                reading = next > 0 ? StartReading(readers, ahead, next, cancellationToken) : Task.CompletedTask;
                yield return [.. current.Select(slice => (ReadOnlyMemory<byte>)slice.AsMemory(0, length))];
            }
        }
        finally
        {
            // Whoever leaves early must not hand back memory that is still being written to.
            await Task.WhenAny(reading);
            Array.ForEach(readers, reader => reader.Dispose());
            Array.ForEach([.. current, .. ahead], slice => ArrayPool<byte>.Shared.Return(slice));
        }
    }

    // On the pool: the job's own thread is busy with arithmetic, and what comes back to it waits.
    private static Task StartReading(TensorReader[] readers, byte[][] slices, int length, CancellationToken cancellationToken) =>
        Task.WhenAll(readers.Select(
            (reader, i) => Task.Run(() => reader.ReadNextAsync(slices[i].AsMemory(0, length), cancellationToken), cancellationToken)));
}
