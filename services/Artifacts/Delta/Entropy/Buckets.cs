using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// The symbols of the coder. A value of n bits falls into a bucket, which is entropy-coded; its place in the bucket follows in plain bits.
/// </summary>
/// <param name="Layout">Of the elements: says n.</param>
/// <param name="IsUpdate">
/// Whether values are residuals: the highest bit chooses one of two halves, and within it the values below 8 have buckets of their own
/// and larger ones share four buckets an octave. Otherwise values are rotated elements: four buckets an exponent of the window, before
/// them one for the exponent 0, behind them one for all others.
/// </param>
/// <param name="Origin">First exponent of the window, from 1 on; unused for residuals.</param>
internal readonly record struct Buckets(FloatLayout Layout, bool IsUpdate, int Origin)
{
    /// <summary>No rule has more.</summary>
    public const int MaxCount = 256;

    /// <summary>Exponents of the window.</summary>
    public const int Window = 63;

    private const int Other = (4 * Window) + 1;

    public int Count => IsUpdate ? 2 * HalfCount : Other + 1;

    /// <summary>
    /// Between the symbols of one index and of the next. No power of two: such rows would fall into a few sets of the first-level cache
    /// and drive each other out.
    /// </summary>
    public int Stride => (Count / 8 * 8) + 8;

    private int HalfCount => (4 * Layout.Bits) - 8;

    public int Of(uint value)
    {
        var bits = Layout.Bits;
        if (!IsUpdate)
        {
            var quarter = (int)(value >> (bits - Layout.ExponentBits - 2));
            var inWindow = quarter - (4 * Origin) + 1;
            return quarter < 4 ? 0 : inWindow is > 0 and < Other ? inWindow : Other;
        }

        var low = value & ((1u << (bits - 1)) - 1);
        var extra = 29 - BitOperations.LeadingZeroCount(low | 7);
        return (4 * extra) + (int)(low >> extra) + ((int)(value >> (bits - 1)) * HalfCount);
    }

    /// <summary>Smallest value of a bucket.</summary>
    public uint Base(int bucket)
    {
        if (!IsUpdate)
        {
            return bucket is 0 or Other ? 0 : (uint)(bucket - 1 + (4 * Origin)) << (Layout.Bits - Layout.ExponentBits - 2);
        }

        var (half, low) = bucket < HalfCount ? (0u, bucket) : (1u, bucket - HalfCount);
        return (half << (Layout.Bits - 1)) | (low < 8 ? (uint)low : (uint)((low & 3) | 4) << ((low >> 2) - 1));
    }

    /// <summary>Plain bits that tell the values of a bucket apart.</summary>
    public int ExtraBits(int bucket) =>
        IsUpdate ? Math.Max(0, ((bucket < HalfCount ? bucket : bucket - HalfCount) >> 2) - 1)
        : bucket == Other ? Layout.Bits
        : Layout.Bits - Layout.ExponentBits - (bucket == 0 ? 0 : 2);

    /// <summary>Sets the symbol of each value: index * <see cref="Stride"/> + bucket.</summary>
    public void Symbols<T>(ReadOnlySpan<T> values, ReadOnlySpan<byte> indexes, Span<ushort> symbols)
        where T : unmanaged, IBinaryInteger<T>
    {
        var stride = (ushort)Stride;
        var i = 0;
        for (; i <= values.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var (low, high) = typeof(T) == typeof(ushort)
                ? Vector256.Widen(Vector256.Create(MemoryMarshal.Cast<T, ushort>(values[i..])))
                : (Vector256.Create(MemoryMarshal.Cast<T, uint>(values[i..])), Vector256.Create(MemoryMarshal.Cast<T, uint>(values[(i + 8)..])));
            var buckets = IsUpdate ? Vector256.Narrow(OfUpdates(low), OfUpdates(high)) : Vector256.Narrow(OfWeights(low), OfWeights(high));
            var index = Vector256.WidenLower(Vector256.Create(Vector128.Create(indexes[i..]), default));
            (buckets + (index * Vector256.Create(stride))).CopyTo(symbols[i..]);
        }

        for (; i < values.Length; i++)
        {
            symbols[i] = (ushort)((indexes[i] * stride) + Of(uint.CreateTruncating(values[i])));
        }
    }

    /// <summary>
    /// By way of floats, whose exponent and two highest bits of mantissa are the bucket but for an offset; only below 4 they leave gaps.
    /// Of large values the low bits are cleared, lest they be rounded up into the next bucket.
    /// </summary>
    private Vector256<uint> OfUpdates(Vector256<uint> values)
    {
        const int Gap = (127 + 1) << 2;
        var top = Layout.Bits - 1;
        var half = (Vector256<uint>.Zero - (values >>> top)) & Vector256.Create((uint)HalfCount);
        var low = (values & Vector256.Create((1u << top) - 1)).AsInt32();
        var isLarge = Vector256.GreaterThan(low, Vector256.Create(0xffff));
        var exact = low & (Vector256.Create(~0xff) | ~isLarge);
        var buckets = (Vector256.ConvertToSingle(exact).AsInt32() >>> 21) - Vector256.Create(Gap);
        return Vector256.Max(buckets, Vector256.Min(low, Vector256.Create(3))).AsUInt32() + half;
    }

    private Vector256<uint> OfWeights(Vector256<uint> values)
    {
        var other = Vector256.Create(Other);
        var quarters = (values >>> (Layout.Bits - Layout.ExponentBits - 2)).AsInt32();
        var buckets = quarters + Vector256.Create(1 - (4 * Origin));
        var isInWindow = Vector256.GreaterThan(buckets, Vector256<int>.Zero) & Vector256.LessThan(buckets, other);
        buckets = Vector256.ConditionalSelect(isInWindow, buckets, other);
        return Vector256.AndNot(buckets, Vector256.LessThan(quarters, Vector256.Create(4))).AsUInt32();
    }
}
