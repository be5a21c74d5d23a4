using System.Runtime.InteropServices;
using CsCheck;
using Graft.Artifacts;
using Graft.Merger.Arithmetic;
using Xunit;

namespace Graft.Tests.Unit.Merger.Arithmetic;

public sealed class RoundingTests
{
    // Sixteen at a time is the vector path, one at a time the scalar one.
    private const int VectorWidth = 16;

    [Theory]
    [InlineData(DType.BF16, 8, 7)]
    [InlineData(DType.F16, 5, 10)]
    public void Every_number_of_the_format_its_neighbours_and_its_midpoints_round_as_defined(DType dtype, int exponentBits, int mantissaBits)
    {
        var infinity = ((1u << exponentBits) - 1) << mantissaBits;
        List<double> values = [];
        for (var bits = 0u; bits < infinity; bits++)
        {
            var value = Value(dtype, (ushort)bits);
            var next = bits + 1 == infinity ? value + (value - Value(dtype, (ushort)(bits - 1))) : Value(dtype, (ushort)(bits + 1));
            var middle = (value + next) / 2;
            values.AddRange([value, middle, double.BitDecrement(middle), double.BitIncrement(middle), double.BitDecrement(next)]);
        }

        values.AddRange(values.Select(value => -value).ToArray());

        AssertRounded(dtype, values, value => (ushort)ExactSum.Round(value, exponentBits, mantissaBits));
    }

    [Theory]
    [InlineData(DType.BF16, 8, 7)]
    [InlineData(DType.F16, 5, 10)]
    public void Any_finite_double_rounds_as_defined(DType dtype, int exponentBits, int mantissaBits) =>
        Gen.Select(Gen.Double.Where(double.IsFinite), Gen.Double[-3e-6, 3e-6], Gen.Double[-70_000, 70_000]).Array[64]
            .Sample(
                samples => AssertRounded(
                    dtype,
                    [.. samples.SelectMany(sample => new[] { sample.Item1, sample.Item2, sample.Item3 })],
                    value => (ushort)ExactSum.Round(value, exponentBits, mantissaBits)),
                iter: 200);

    [Fact]
    public void Halves_round_as_the_runtime_rounds_them()
    {
        var random = new Random(5);
        double[] values = [.. Enumerable.Range(0, 100_000).Select(_ => (random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-30, 20)))];

        AssertRounded(DType.F16, values, value => BitConverter.HalfToUInt16Bits((Half)value));
    }

    [Fact]
    public void A_double_beside_a_tie_is_not_rounded_twice()
    {
        // 1 + 2^-8 is halfway between two bf16 numbers; a single swallows the 2^-40 that decides.
        var above = 1 + Math.ScaleB(1, -8) + Math.ScaleB(1, -40);

        AssertRounded(DType.BF16, Enumerable.Repeat(above, VectorWidth).ToArray(), _ => 0x3F81);
    }

    [Theory]
    [InlineData(DType.BF16, 0x7F80, 0xFF80, 0x7FC0)]
    [InlineData(DType.F16, 0x7C00, 0xFC00, 0x7E00)]
    public void Infinities_stay_and_not_a_number_is_quiet(DType dtype, int infinity, int negative, int notANumber)
    {
        double[] values = [double.PositiveInfinity, double.NegativeInfinity, double.NaN, -double.NaN, double.MaxValue, double.MinValue, -0.0];
        int[] expected = [infinity, negative, notANumber, notANumber, infinity, negative, 0x8000];

        AssertRounded(dtype, values, value => (ushort)expected[Array.FindIndex(values, known => Same(known, value))]);
    }

    [Fact]
    public void Singles_round_as_the_processor_rounds_them()
    {
        var random = new Random(7);
        double[] values = [.. Enumerable.Range(0, 1003).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)))];
        var bytes = new byte[values.Length * sizeof(float)];

        Rounding.Round(DType.F32, values, bytes);

        var singles = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        Assert.Equal(values.Select(value => (float)value), singles);
    }

    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F16)]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    public void Every_pattern_comes_back_when_widened_and_rounded(DType dtype)
    {
        var size = dtype.Size();
        var bytes = new byte[size * 65_536];
        for (var i = 0; i < 65_536; i++)
        {
            // The sixteen bits that hold sign and exponent run through all their patterns; what is below is zero.
            BitConverter.TryWriteBytes(bytes.AsSpan((i * size) + size - 2), (ushort)i);
        }

        var wide = new double[65_536];
        var back = new byte[bytes.Length];

        Widening.Widen(dtype, bytes, wide);
        Rounding.Round(dtype, wide, back);

        for (var i = 0; i < 65_536; i++)
        {
            if (!double.IsNaN(wide[i]))
            {
                Assert.Equal(bytes.AsSpan(i * size, size), back.AsSpan(i * size, size));
            }
        }
    }

    [Fact]
    public void Every_bf16_and_half_widens_to_its_value_in_both_paths()
    {
        foreach (var dtype in new[] { DType.BF16, DType.F16 })
        {
            ushort[] patterns = [.. Enumerable.Range(0, 65_536).Select(bits => (ushort)bits)];
            var wide = new double[patterns.Length];
            Widening.Widen(dtype, MemoryMarshal.AsBytes(patterns.AsSpan()), wide);

            var one = new double[1];
            for (var i = 0; i < patterns.Length; i++)
            {
                Widening.Widen(dtype, MemoryMarshal.AsBytes(patterns.AsSpan(i, 1)), one);
                Assert.True(Same(Value(dtype, patterns[i]), wide[i]) && Same(wide[i], one[0]), $"{dtype} {i:X4}");
            }
        }
    }

    private static void AssertRounded(DType dtype, IReadOnlyList<double> values, Func<double, ushort> expected)
    {
        double[] padded = [.. values, .. new double[VectorWidth - (values.Count % VectorWidth)]];
        var vector = new ushort[padded.Length];
        Rounding.Round(dtype, padded, MemoryMarshal.AsBytes(vector.AsSpan()));
        var scalar = new ushort[1];
        for (var i = 0; i < values.Count; i++)
        {
            Rounding.Round(dtype, padded.AsSpan(i, 1), MemoryMarshal.AsBytes(scalar.AsSpan()));
            var want = expected(values[i]);
            if (want != vector[i] || want != scalar[0])
            {
                Assert.Fail($"{values[i]:R} as {dtype}: {want:X4} expected, vector {vector[i]:X4}, scalar {scalar[0]:X4}.");
            }
        }
    }

    private static double Value(DType dtype, ushort bits) =>
        dtype == DType.BF16 ? BitConverter.UInt32BitsToSingle((uint)bits << 16) : (double)BitConverter.UInt16BitsToHalf(bits);

    private static bool Same(double a, double b) =>
        double.IsNaN(a) ? double.IsNaN(b) : BitConverter.DoubleToUInt64Bits(a) == BitConverter.DoubleToUInt64Bits(b);
}
