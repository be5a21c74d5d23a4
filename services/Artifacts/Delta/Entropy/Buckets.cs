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

    /// <summary>Sets 256 * index + bucket of each value.</summary>
    public void Symbols<T>(ReadOnlySpan<T> values, ReadOnlySpan<byte> indexes, Span<ushort> symbols)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = typeof(T) == typeof(ushort) ? Symbols16(MemoryMarshal.Cast<T, ushort>(values), indexes, symbols) : 0;
        for (; i < values.Length; i++)
        {
            symbols[i] = (ushort)((indexes[i] << 8) | Of(uint.CreateTruncating(values[i])));
        }
    }

    /// <returns>How many are done.</returns>
    private int Symbols16(ReadOnlySpan<ushort> values, ReadOnlySpan<byte> indexes, Span<ushort> symbols)
    {
        var i = 0;
        for (; i <= values.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var v = Vector256.Create(values[i..]);
            var index = Vector256.Create(Vector128.Create(indexes[i..]), default);
            ((IsUpdate ? Residuals16(v) : Weights16(v)) | (Vector256.WidenLower(index) << 8)).CopyTo(symbols[i..]);
        }

        return i;
    }

    private Vector256<ushort> Residuals16(Vector256<ushort> values)
    {
        var half = Vector256<ushort>.Zero - (values >>> 15);
        return Octaves(values & Vector256.Create((ushort)0x7fff)) + (half & Vector256.Create((ushort)HalfCount));
    }

    private Vector256<ushort> Weights16(Vector256<ushort> values)
    {
        var other = Vector256.Create((short)Other);
        var quarters = (values >>> (14 - Layout.ExponentBits)).AsInt16();
        var buckets = quarters + Vector256.Create((short)(1 - (4 * Origin)));
        var isInWindow = Vector256.GreaterThan(buckets, Vector256<short>.Zero) & Vector256.LessThan(buckets, other);
        buckets = Vector256.ConditionalSelect(isInWindow, buckets, other);
        return Vector256.AndNot(buckets, Vector256.LessThan(quarters, Vector256.Create((short)4))).AsUInt16();
    }

    /// <summary>
    /// Buckets of values below 2^15 by way of floats, whose exponent and two highest bits of mantissa they are but for an offset. Only
    /// below 4 do the floats leave gaps.
    /// </summary>
    private static Vector256<ushort> Octaves(Vector256<ushort> values)
    {
        const int Gap = (127 + 1) << 2;
        var (low, high) = Vector256.Widen(values);
        low = Vector256.ConvertToSingle(low.AsInt32()).AsUInt32() >>> 21;
        high = Vector256.ConvertToSingle(high.AsInt32()).AsUInt32() >>> 21;
        var buckets = Vector256.Narrow(low, high).AsInt16() - Vector256.Create((short)Gap);
        return Vector256.Max(buckets, Vector256.Min(values.AsInt16(), Vector256.Create((short)3))).AsUInt16();
    }
}
