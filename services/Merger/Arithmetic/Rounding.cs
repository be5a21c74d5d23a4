using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts;

namespace Graft.Merger.Arithmetic;

/// <summary>
/// Doubles as elements of a tensor, rounded once, to nearest, ties to even. A double goes to its 16 bits directly: by way of a single
/// (as PyTorch casts) it would be rounded twice, and a sum just beside a tie could end on the wrong side. Over the 26 million elements
/// of the 20 merges of the reference trajectory the two ways agree. NaN becomes the quiet NaN, what is too large becomes infinite.
/// </summary>
/// <remarks>The loops must not be inlined: their callers' code would make their constants anew each turn, at half the speed.</remarks>
internal static class Rounding
{
    private const int DoubleMantissaBits = 52;
    private const int DoubleBias = 1023;

    /// <param name="dtype">A floating element type.</param>
    /// <param name="wide">[n].</param>
    /// <param name="destination">[n] elements, little-endian.</param>
    public static void Round(DType dtype, ReadOnlySpan<double> wide, Span<byte> destination)
    {
        if (destination.Length != wide.Length * dtype.Size())
        {
            throw new ArgumentException($"{destination.Length} bytes are not {wide.Length} elements of {dtype}.", nameof(destination));
        }

        switch (dtype)
        {
            case DType.F64:
                wide.CopyTo(MemoryMarshal.Cast<byte, double>(destination));
                break;
            case DType.F32:
                RoundToSingles(wide, MemoryMarshal.Cast<byte, float>(destination));
                break;
            case DType.BF16:
                RoundToHalves(mantissaBits: 7, wide, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            case DType.F16:
                RoundToHalves(mantissaBits: 10, wide, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            default:
                throw new UnreachableException($"{dtype} is no floating element type; plans refuse it.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void RoundToSingles(ReadOnlySpan<double> wide, Span<float> destination)
    {
        var i = 0;
        for (; i <= wide.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var lower = Vector512.Create(wide[i..]);
            var upper = Vector512.Create(wide[(i + Vector512<double>.Count)..]);
            Vector512.Narrow(lower, upper).CopyTo(destination[i..]);
        }

        for (; i < wide.Length; i++)
        {
            destination[i] = (float)wide[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void RoundToHalves(int mantissaBits, ReadOnlySpan<double> wide, Span<ushort> destination)
    {
        var format = new Format(mantissaBits);
        var i = 0;
        for (; i <= wide.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var lower = format.Round(Vector512.Create(wide[i..]));
            var upper = format.Round(Vector512.Create(wide[(i + Vector512<double>.Count)..]));
            var narrow = Vector512.Narrow(lower, upper);
            Vector256.Narrow(narrow.GetLower(), narrow.GetUpper()).CopyTo(destination[i..]);
        }

        for (; i < wide.Length; i++)
        {
            destination[i] = format.Round(wide[i]);
        }
    }

    /// <summary>A format of sixteen bits, and what rounding a double to it needs.</summary>
    private readonly struct Format
    {
        // Dropped from the bits of a double whose value is a normal number of the format.
        private readonly int _shift;

        // Just under half of what is dropped.
        private readonly ulong _half;

        // The exponent of a double less that of the format, at its place in the format.
        private readonly ulong _rebias;
        private readonly ulong _infinity;
        private readonly ulong _quietNaN;
        private readonly double _smallestNormal;

        // Adding it leaves a sum whose last bit is worth the format's smallest subnormal: the addition itself rounds.
        private readonly double _aligner;

        public Format(int mantissaBits)
        {
            var bias = (1 << (14 - mantissaBits)) - 1;
            _shift = DoubleMantissaBits - mantissaBits;
            _half = (1ul << (_shift - 1)) - 1;
            _rebias = (ulong)(DoubleBias - bias) << mantissaBits;
            _infinity = (ulong)((2 * bias) + 1) << mantissaBits;
            _quietNaN = _infinity | (1ul << (mantissaBits - 1));
            _smallestNormal = Math.ScaleB(1, 1 - bias);
            _aligner = Math.ScaleB(1, 1 - bias - mantissaBits + DoubleMantissaBits);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<ulong> Round(Vector512<double> value)
        {
            var magnitude = Vector512.Abs(value);
            var bits = magnitude.AsUInt64();
            var odd = (bits >> _shift) & Vector512<ulong>.One;
            var normal = ((bits + Vector512.Create(_half) + odd) >> _shift) - Vector512.Create(_rebias);
            var aligner = Vector512.Create(_aligner);
            var subnormal = (magnitude + aligner).AsUInt64() - aligner.AsUInt64();
            var isSubnormal = Vector512.LessThan(magnitude, Vector512.Create(_smallestNormal)).AsUInt64();
            var finite = Vector512.Min(Vector512.ConditionalSelect(isSubnormal, subnormal, normal), Vector512.Create(_infinity));
            var sign = (value.AsUInt64() >> 48) & Vector512.Create(0x8000ul);
            return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt64(), finite | sign, Vector512.Create(_quietNaN));
        }

        public ushort Round(double value)
        {
            var magnitude = Math.Abs(value);
            var bits = BitConverter.DoubleToUInt64Bits(magnitude);
            var odd = (bits >> _shift) & 1;
            var normal = ((bits + _half + odd) >> _shift) - _rebias;
            var subnormal = BitConverter.DoubleToUInt64Bits(magnitude + _aligner) - BitConverter.DoubleToUInt64Bits(_aligner);
            var finite = Math.Min(magnitude < _smallestNormal ? subnormal : normal, _infinity);
            var sign = (BitConverter.DoubleToUInt64Bits(value) >> 48) & 0x8000;
            return (ushort)(double.IsNaN(value) ? _quietNaN : finite | sign);
        }
    }
}
