using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts;

namespace Graft.Merger.Arithmetic;

/// <summary>Elements of a tensor as doubles: exact for every floating element type.</summary>
internal static class Widening
{
    private const uint HalfExponent = 0x7C00;
    private const uint SingleExponent = 0x7F80_0000;

    // 2^112, which moves the exponent of a half, read as one of a single, to where it belongs; subnormals come out normal.
    private const float HalfScale = 5.192296858534828e33f;

    /// <param name="dtype">A floating element type.</param>
    /// <param name="source">[n] elements, little-endian.</param>
    /// <param name="wide">[n].</param>
    public static void Widen(DType dtype, ReadOnlySpan<byte> source, Span<double> wide)
    {
        if (source.Length != wide.Length * dtype.Size())
        {
            throw new ArgumentException($"{source.Length} bytes are not {wide.Length} elements of {dtype}.", nameof(source));
        }

        switch (dtype)
        {
            case DType.F64:
                MemoryMarshal.Cast<byte, double>(source).CopyTo(wide);
                break;
            case DType.F32:
                WidenSingles(MemoryMarshal.Cast<byte, float>(source), wide);
                break;
            case DType.BF16:
            case DType.F16:
                WidenHalves(dtype, MemoryMarshal.Cast<byte, ushort>(source), wide);
                break;
            default:
                throw new UnreachableException($"{dtype} is no floating element type; plans refuse it.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void WidenSingles(ReadOnlySpan<float> source, Span<double> wide)
    {
        var i = 0;
        for (; i <= source.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Store(Vector512.Create(source[i..]), wide[i..]);
        }

        for (; i < source.Length; i++)
        {
            wide[i] = source[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void WidenHalves(DType dtype, ReadOnlySpan<ushort> source, Span<double> wide)
    {
        var i = 0;
        for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(source[i..]));
            var bits = Vector512.Create(lower, upper);
            Store(dtype == DType.BF16 ? (bits << 16).AsSingle() : HalfToSingle(bits), wide[i..]);
        }

        for (; i < source.Length; i++)
        {
            wide[i] = dtype == DType.BF16 ? BitConverter.UInt32BitsToSingle((uint)source[i] << 16) : (double)BitConverter.UInt16BitsToHalf(source[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> HalfToSingle(Vector512<uint> half)
    {
        var sign = (half & Vector512.Create(0x8000u)) << 16;
        var magnitude = half & Vector512.Create(0x7FFFu);
        var finite = ((magnitude << 13).AsSingle() * HalfScale).AsUInt32();
        var special = (magnitude << 13) | Vector512.Create(SingleExponent);
        var isSpecial = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(HalfExponent));
        return (Vector512.ConditionalSelect(isSpecial, special, finite) | sign).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> values, Span<double> wide)
    {
        var (lower, upper) = Vector512.Widen(values);
        lower.CopyTo(wide);
        upper.CopyTo(wide[Vector512<double>.Count..]);
    }
}
