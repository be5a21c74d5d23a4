using System.Buffers;
using System.Numerics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// Tables of a tabled asymmetric numeral system (J. Duda, arXiv 1311.2540): 2^log states, of which every bucket owns as many as its
/// count. All contexts have equally many states, so that one state passes through the tables of changing contexts.
/// </summary>
internal static class AnsTables
{
    public const int MinLog = 9;

    public const int MaxLog = 11;

    /// <summary>
    /// Entries of the decoder, one a state. From the lowest bit: 8 bits number of all bits taken, 8 bits number of those to the next
    /// state, which are the lower ones, 32 bits smallest value of the bucket, 16 bits base of the next state.
    /// </summary>
    /// <param name="counts">One a bucket, adding up to 2^log.</param>
    /// <param name="buckets">The rule of the buckets.</param>
    /// <param name="log">Of the number of states.</param>
    /// <param name="entries">2^log.</param>
    public static void BuildDecoder(ReadOnlySpan<int> counts, Buckets buckets, int log, Span<ulong> entries)
    {
        var owners = ArrayPool<byte>.Shared.Rent(1 << log);
        Spread(counts, owners.AsSpan(0, 1 << log));
        Span<int> next = stackalloc int[Buckets.MaxCount];
        Span<ulong> common = stackalloc ulong[Buckets.MaxCount];
        counts.CopyTo(next);
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            common[bucket] = ((ulong)buckets.Base(bucket) << 16) | (uint)buckets.ExtraBits(bucket);
        }

        for (var state = 0; state < entries.Length; state++)
        {
            var bucket = owners[state];
            var x = next[bucket]++;
            var bits = log - BitOperations.Log2((uint)x);
            entries[state] = (common[bucket] | ((ulong)((x << bits) - (1 << log)) << 48)) + (uint)(bits * 0x101);
        }

        ArrayPool<byte>.Shared.Return(owners);
    }

    /// <summary>
    /// Tables of the encoder: the states by bucket and occurrence, and one entry a bucket. From the lowest bit: 16 bits number
    /// of extra bits, 16 bits (signed) where its new state is found, 32 bits that added to a state give, in the upper half, the number of
    /// bits it sheds.
    /// </summary>
    /// <param name="counts">One a bucket, adding up to 2^log.</param>
    /// <param name="buckets">The rule of the buckets.</param>
    /// <param name="log">Of the number of states.</param>
    /// <param name="offset">Of this context's states among all.</param>
    /// <param name="states">2^log of this context.</param>
    /// <param name="entries">One a bucket.</param>
    public static void BuildEncoder(
        ReadOnlySpan<int> counts, Buckets buckets, int log, int offset, Span<ushort> states, Span<ulong> entries)
    {
        var owners = ArrayPool<byte>.Shared.Rent(1 << log);
        Spread(counts, owners.AsSpan(0, 1 << log));
        Span<int> next = stackalloc int[Buckets.MaxCount];
        var before = 0;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            var count = counts[bucket];
            var bits = count < 2 ? log : log - BitOperations.Log2((uint)count - 1);
            var shed = (uint)((bits << 16) - (count << bits));
            var find = (ushort)(short)(offset + before - count);
            entries[bucket] = ((ulong)shed << 32) | ((uint)find << 16) | (uint)buckets.ExtraBits(bucket);
            next[bucket] = before;
            before += count;
        }

        for (var state = 0; state < 1 << log; state++)
        {
            states[next[owners[state]]++] = (ushort)((1 << log) + state);
        }

        ArrayPool<byte>.Shared.Return(owners);
    }

    /// <summary>Gives every state to a bucket: the buckets in order, each in strides that are coprime to the number of states.</summary>
    private static void Spread(ReadOnlySpan<int> counts, Span<byte> owners)
    {
        var mask = owners.Length - 1;
        var stride = (owners.Length >> 1) + (owners.Length >> 3) + 3;
        var state = 0;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            for (var i = 0; i < counts[bucket]; i++)
            {
                owners[state] = (byte)bucket;
                state = (state + stride) & mask;
            }
        }
    }
}
