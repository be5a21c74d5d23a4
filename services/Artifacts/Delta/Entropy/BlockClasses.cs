using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// Rows of a matrix move by different amounts: embeddings of rare words hardly, others much. So each block of elements has a class that
/// says how far it moved, in steps of half an octave below the blocks that moved most.
/// </summary>
internal static class BlockClasses
{
    /// <summary>Elements of a block.</summary>
    public const int Size = 128;

    /// <summary>Class of the blocks that moved least.</summary>
    public const byte Smallest = 14;

    /// <summary>Class of blocks in which every value is zero.</summary>
    public const byte Zero = 15;

    /// <summary>Measure of a block in which nothing moved.</summary>
    private const ushort Unmoved = ushort.MaxValue;

    private const int Measures = 512;

    /// <summary>A variance of the classes, in squares of half octaves, that pays for the half byte a block they cost.</summary>
    private const double PayingVariance = 0.4;

    public static int Count(int elements) => (elements + Size - 1) / Size;

    /// <param name="child">The elements, all that are coded.</param>
    /// <param name="parent">Equally many, or none.</param>
    /// <param name="layout">What they are.</param>
    /// <param name="classes">Set: one for each block.</param>
    /// <returns>Whether the classes differ enough to be kept; otherwise they are all 0.</returns>
    public static bool Classify<T>(ReadOnlySpan<T> child, ReadOnlySpan<T> parent, FloatLayout layout, Span<byte> classes)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<int> frequency = stackalloc int[Measures];
        frequency.Clear();
        var measures = new ushort[classes.Length];
        for (var i = 0; i < classes.Length; i++)
        {
            var length = Math.Min(Size, child.Length - (i * Size));
            measures[i] = Measure(child.Slice(i * Size, length), parent.IsEmpty ? [] : parent.Slice(i * Size, length), layout);
            if (measures[i] != Unmoved)
            {
                frequency[measures[i]]++;
            }
        }

        var largest = Largest(frequency);
        for (var i = 0; i < classes.Length; i++)
        {
            classes[i] = measures[i] == Unmoved ? Zero : (byte)Math.Clamp(largest - measures[i], 0, Smallest);
        }

        if (Varies(classes))
        {
            return true;
        }

        classes.Clear();
        return false;
    }

    /// <summary>Twice the binary logarithm of the sum of |child - parent|, with an offset; a block of infinities is one of the largest.</summary>
    private static ushort Measure<T>(ReadOnlySpan<T> child, ReadOnlySpan<T> parent, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T>
    {
        var isUnmoved = parent.IsEmpty ? !child.ContainsAnyExcept(T.Zero) : child.SequenceEqual(parent);
        if (isUnmoved)
        {
            return Unmoved;
        }

        var sum = typeof(T) == typeof(ushort)
            ? Sum16(MemoryMarshal.Cast<T, ushort>(child), MemoryMarshal.Cast<T, ushort>(parent), layout.CodedMantissa)
            : Sum32(MemoryMarshal.Cast<T, uint>(child), MemoryMarshal.Cast<T, uint>(parent));
        return (ushort)((BitConverter.SingleToUInt32Bits(sum) & 0x7fffffff) >> 22);
    }

    private static float Sum16(ReadOnlySpan<ushort> child, ReadOnlySpan<ushort> parent, int mantissa)
    {
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i <= child.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (c0, c1) = Widen(Vector256.Create(child[i..]), mantissa);
            var (p0, p1) = parent.IsEmpty ? default : Widen(Vector256.Create(parent[i..]), mantissa);
            sum += Vector256.Abs(c0 - p0) + Vector256.Abs(c1 - p1);
        }

        var total = Total(sum);
        for (; i < child.Length; i++)
        {
            total += Math.Abs(Widen(child[i], mantissa) - (parent.IsEmpty ? 0 : Widen(parent[i], mantissa)));
        }

        return total;
    }

    private static float Sum32(ReadOnlySpan<uint> child, ReadOnlySpan<uint> parent)
    {
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i <= child.Length - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            var p = parent.IsEmpty ? default : Vector256.Create(parent[i..]).AsSingle();
            sum += Vector256.Abs(Vector256.Create(child[i..]).AsSingle() - p);
        }

        var total = Total(sum);
        for (; i < child.Length; i++)
        {
            total += Math.Abs(BitConverter.UInt32BitsToSingle(child[i]) - (parent.IsEmpty ? 0 : BitConverter.UInt32BitsToSingle(parent[i])));
        }

        return total;
    }

    /// <summary>Added in one fixed order, whatever the machine.</summary>
    private static float Total(Vector256<float> sum)
    {
        var total = 0f;
        for (var i = 0; i < Vector256<float>.Count; i++)
        {
            total += sum[i];
        }

        return total;
    }

    /// <summary>Floats with the exponent field as it is; of fp16 a constant power of two smaller than they were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) Widen(Vector256<ushort> elements, int mantissa)
    {
        var shift = 23 - mantissa;
        var mask = Vector256.Create(0x80000000u | (0x7fffu << shift));
        var (low, high) = Vector256.Widen(elements.AsInt16());
        return (((low << shift).AsUInt32() & mask).AsSingle(), ((high << shift).AsUInt32() & mask).AsSingle());
    }

    private static float Widen(ushort element, int mantissa)
    {
        var shift = 23 - mantissa;
        return BitConverter.UInt32BitsToSingle((uint)((short)element << shift) & (0x80000000u | (0x7fffu << shift)));
    }

    /// <summary>The measure that all but one block in a thousand reach at most.</summary>
    private static int Largest(ReadOnlySpan<int> frequency)
    {
        var blocks = 0;
        foreach (var number in frequency)
        {
            blocks += number;
        }

        var above = blocks / 1000;
        var largest = Measures - 1;
        for (; largest > 0 && frequency[largest] <= above; largest--)
        {
            above -= frequency[largest];
        }

        return largest;
    }

    private static bool Varies(ReadOnlySpan<byte> classes)
    {
        var (moved, sum, squares) = (0L, 0L, 0L);
        foreach (var number in classes)
        {
            if (number != Zero)
            {
                moved++;
                sum += number;
                squares += number * number;
            }
        }

        return classes.Length - moved > classes.Length / 16
            || (moved * squares) - (sum * sum) > PayingVariance * moved * moved;
    }
}
