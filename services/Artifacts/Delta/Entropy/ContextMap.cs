using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// The context of an element: how coarse the parent's floats are there, compared with how far its block moved. That is
/// u = 2 * exponent + class - origin, held between 0 and 63, and then one of a few contexts in the order of u. Without a parent u is the
/// class.
/// </summary>
/// <param name="Origin">From -32,768 to 32,767. Without a parent, that of the window of the buckets.</param>
/// <param name="Steps">Bit j (1 to 63) is set if the context of u = j is the one after that of u = j - 1; bit 0 is clear.</param>
internal readonly record struct ContextMap(int Origin, ulong Steps)
{
    /// <summary>Values of u, and behind them one for blocks of zeros.</summary>
    public const int Indexes = 65;

    public const int ZeroIndex = 64;

    /// <summary>Not counting that of blocks of zeros.</summary>
    public const int MaxContexts = 16;

    /// <summary>Contexts but that of blocks of zeros, which is the one behind them.</summary>
    public int Contexts => BitOperations.PopCount(Steps) + 1;

    /// <param name="contexts"><see cref="Indexes"/> bytes to set.</param>
    public void FillTable(Span<byte> contexts)
    {
        byte context = 0;
        for (var u = 0; u < ZeroIndex; u++)
        {
            contexts[u] = context += (byte)((Steps >> u) & 1);
        }

        contexts[ZeroIndex] = (byte)(context + 1);
    }

    /// <summary>Sets u, or <see cref="ZeroIndex"/>, of each element.</summary>
    /// <param name="parent">Elements from the first of a block on; empty for none.</param>
    /// <param name="layout">What they are.</param>
    /// <param name="classes">Of their blocks.</param>
    /// <param name="origin">As above.</param>
    /// <param name="indexes">One for each element.</param>
    public static void Index<T>(
        ReadOnlySpan<T> parent, FloatLayout layout, ReadOnlySpan<byte> classes, int origin, Span<byte> indexes)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var begin = 0; begin < indexes.Length; begin += BlockClasses.Size)
        {
            var length = Math.Min(BlockClasses.Size, indexes.Length - begin);
            var target = indexes.Slice(begin, length);
            var number = classes[begin / BlockClasses.Size];
            if (number == BlockClasses.Zero)
            {
                target.Fill(ZeroIndex);
            }
            else if (parent.IsEmpty)
            {
                target.Fill(number);
            }
            else if (typeof(T) == typeof(ushort))
            {
                Index16(MemoryMarshal.Cast<T, ushort>(parent.Slice(begin, length)), layout, number - origin, target);
            }
            else
            {
                Index32(MemoryMarshal.Cast<T, uint>(parent.Slice(begin, length)), layout, number - origin, target);
            }
        }
    }

    private static void Index16(ReadOnlySpan<ushort> parent, FloatLayout layout, int offset, Span<byte> indexes)
    {
        var (shift, mask) = (layout.CodedMantissa - 1, layout.MaxExponent << 1);
        var (masks, offsets) = (Vector256.Create((ushort)mask), Vector256.Create((short)Math.Clamp(offset, -16384, 16383)));
        var last = Vector256.Create((short)(ZeroIndex - 1));
        var i = 0;
        for (; i <= parent.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            var first = ((Vector256.Create(parent[i..]) >>> shift) & masks).AsInt16() + offsets;
            var second = ((Vector256.Create(parent[(i + 16)..]) >>> shift) & masks).AsInt16() + offsets;
            first = Vector256.Min(Vector256.Max(first, default), last);
            second = Vector256.Min(Vector256.Max(second, default), last);
            Vector256.Narrow(first.AsUInt16(), second.AsUInt16()).CopyTo(indexes[i..]);
        }

        for (; i < parent.Length; i++)
        {
            indexes[i] = (byte)Math.Clamp(((parent[i] >> shift) & mask) + offset, 0, ZeroIndex - 1);
        }
    }

    private static void Index32(ReadOnlySpan<uint> parent, FloatLayout layout, int offset, Span<byte> indexes)
    {
        var (shift, mask) = (layout.CodedMantissa - 1, (uint)layout.MaxExponent << 1);
        for (var i = 0; i < parent.Length; i++)
        {
            indexes[i] = (byte)Math.Clamp((int)((parent[i] >> shift) & mask) + offset, 0, ZeroIndex - 1);
        }
    }

    /// <summary>Sets the first entry of the table for each index.</summary>
    /// <param name="contexts">What <see cref="FillTable"/> set.</param>
    /// <param name="tableLog">Of the entries of a table.</param>
    /// <param name="indexes">Each below <see cref="Indexes"/>.</param>
    /// <param name="tables">Equally many; of 16 or 32 bits.</param>
    public static void Translate<T>(ReadOnlySpan<byte> contexts, int tableLog, ReadOnlySpan<byte> indexes, Span<T> tables)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = Avx512Vbmi.IsSupported && typeof(T) == typeof(ushort)
            ? Translate16(contexts, tableLog, indexes, MemoryMarshal.Cast<T, ushort>(tables)) : 0;
        for (; i < indexes.Length; i++)
        {
            tables[i] = T.CreateTruncating(contexts[indexes[i]] << tableLog);
        }
    }

    /// <returns>How many are done.</returns>
    private static int Translate16(ReadOnlySpan<byte> contexts, int tableLog, ReadOnlySpan<byte> indexes, Span<ushort> tables)
    {
        var all = Vector512.Create(contexts[..ZeroIndex]);
        var zero = Vector512.Create(contexts[ZeroIndex]);
        var i = 0;
        for (; i <= indexes.Length - Vector512<byte>.Count; i += Vector512<byte>.Count)
        {
            var u = Vector512.Create(indexes[i..]);
            var isZero = Vector512.Equals(u, Vector512.Create((byte)ZeroIndex));
            var (low, high) = Vector512.Widen(Vector512.ConditionalSelect(isZero, zero, Avx512Vbmi.PermuteVar64x8(all, u)));
            (low << tableLog).CopyTo(tables[i..]);
            (high << tableLog).CopyTo(tables[(i + Vector512<ushort>.Count)..]);
        }

        return i;
    }
}
