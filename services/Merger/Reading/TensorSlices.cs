using System.Buffers;
using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Client;

namespace Graft.Merger.Reading;

/// <summary>
/// The same elements of several tensors at a time, so that memory does not grow with the tensors. While one slice is being worked on,
/// the next is on its way.
/// </summary>
internal static class TensorSlices
{
    // What the kernels work on at a time.
    private const int SliceAlignment = 256;

    /// <param name="store">Where the tensors are.</param>
    /// <param name="tensors">What to read; shorter ones are continued with zeros. Element types may differ.</param>
    /// <param name="elements">Elements to read of each.</param>
    /// <param name="sliceBytes">Most bytes of a slice of one tensor.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One memory for each tensor, all of as many elements; good until the next is asked for.</returns>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>[]> ReadAsync(
        StoreClient store,
        IReadOnlyList<TensorEntry> tensors,
        long elements,
        int sliceBytes,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int[] sizes = [.. tensors.Select(tensor => tensor.DType.Size())];
        var step = (int)Math.Min(Math.Max(SliceAlignment, sliceBytes / sizes.Max() / SliceAlignment * SliceAlignment), elements);
        TensorReader[] readers = [.. tensors.Select(tensor => new TensorReader(store, tensor))];
        byte[][] current = [.. sizes.Select(size => ArrayPool<byte>.Shared.Rent(step * size))];
        byte[][] ahead = [.. sizes.Select(size => ArrayPool<byte>.Shared.Rent(step * size))];

        Memory<byte>[] Parts(byte[][] slices, long count) => [.. slices.Select((slice, i) => slice.AsMemory(0, (int)count * sizes[i]))];

        var reading = elements > 0 ? StartReading(readers, Parts(ahead, step), cancellationToken) : Task.CompletedTask;
        try
        {
            for (var begin = 0L; begin < elements; begin += step)
            {
                await reading;
                (current, ahead) = (ahead, current);
                var count = Math.Min(step, elements - begin);
                var next = Math.Min(step, elements - begin - count);
                reading = next > 0 ? StartReading(readers, Parts(ahead, next), cancellationToken) : Task.CompletedTask;
                yield return [.. Parts(current, count)];
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
    private static Task StartReading(TensorReader[] readers, Memory<byte>[] slices, CancellationToken cancellationToken) =>
        Task.WhenAll(readers.Select((reader, i) => Task.Run(() => reader.ReadNextAsync(slices[i], cancellationToken), cancellationToken)));
}
