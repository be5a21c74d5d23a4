using System.Buffers.Binary;
using Graft.Artifacts;
using Graft.Merger.Arithmetic;
using Xunit;

namespace Graft.Tests.Unit.Merger.Arithmetic;

public sealed class LinearMergeTests
{
    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F16)]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    public void A_merge_is_the_wide_sum_rounded_once_whatever_the_length(DType dtype)
    {
        // Lengths around the vector's width and the block's: the tail is the scalar path.
        foreach (var length in new[] { 0, 1, 7, 8, 15, 16, 17, 255, 256, 257, 1000 })
        {
            var (start, first, second) = (Weights(dtype, length, 1), Pair(dtype, length, 2), Pair(dtype, length, 4));
            var result = new byte[start.Length];

            LinearMerge.Run(dtype, start, [Term(first, 0.5), Term(second, -1.25)], result);

            for (var i = 0; i < length; i++)
            {
                var sum = Value(dtype, start, i);
                sum += 0.5 * (Value(dtype, first.FineTuned, i) - Value(dtype, first.Pretrained, i));
                sum += -1.25 * (Value(dtype, second.FineTuned, i) - Value(dtype, second.Pretrained, i));
                Assert.Equal(Bits(dtype, sum), result.AsSpan(i * dtype.Size(), dtype.Size()).ToArray());
            }
        }
    }

    [Fact]
    public void The_vector_is_never_formed_in_the_dtype_of_the_weights()
    {
        // 1 + 2^-8 is a tie that goes down to 1. The difference is 2^-8 + 2^-20, which lifts the sum over it; in bf16 it would be 2^-8.
        var start = Bits(DType.BF16, 1.0);
        var fineTuned = Bits(DType.BF16, Math.ScaleB(1, -8));
        var pretrained = Bits(DType.BF16, -Math.ScaleB(1, -20));
        var result = new byte[2];

        LinearMerge.Run(DType.BF16, start, [new Term(fineTuned, pretrained, 1)], result);

        Assert.Equal(Bits(DType.BF16, 1 + Math.ScaleB(1, -7)), result);
    }

    [Fact]
    public void Infinite_and_undefined_weights_stay_visible()
    {
        double[] starts = [1, double.PositiveInfinity, double.NaN, 1];
        double[] fineTuned = [double.PositiveInfinity, 1, 1, double.PositiveInfinity];
        double[] pretrained = [1, 1, 1, double.PositiveInfinity];
        var result = new byte[8];

        LinearMerge.Run(DType.BF16, All(starts), [new Term(All(fineTuned), All(pretrained), 1)], result);

        Assert.Equal(All([double.PositiveInfinity, double.PositiveInfinity, double.NaN, double.NaN]), result);

        static byte[] All(double[] values) => [.. values.SelectMany(value => Bits(DType.BF16, value))];
    }

    [Fact]
    public void The_base_may_be_written_over()
    {
        var start = Weights(DType.BF16, 1000, 1);
        var pair = Pair(DType.BF16, 1000, 2);
        var apart = new byte[start.Length];
        LinearMerge.Run(DType.BF16, start, [Term(pair, 1)], apart);

        LinearMerge.Run(DType.BF16, start, [Term(pair, 1)], start);

        Assert.Equal(apart, start);
    }

    [Fact]
    public void Norms_are_those_of_the_difference_and_of_the_base_in_any_pieces()
    {
        const int Length = 5000;
        var pair = Pair(DType.BF16, Length, 3);
        var (vector, start) = (0.0, 0.0);
        for (var i = 0; i < Length; i++)
        {
            var from = Value(DType.BF16, pair.Pretrained, i);
            var difference = Value(DType.BF16, pair.FineTuned, i) - from;
            vector += difference * difference;
            start += from * from;
        }

        var whole = new DifferenceNorm(DType.BF16);
        whole.Add(pair.FineTuned, pair.Pretrained);
        var pieces = new DifferenceNorm(DType.BF16);
        foreach (var (begin, end) in new[] { (0, 16), (16, 4096), (4096, 2 * Length) })
        {
            pieces.Add(pair.FineTuned.AsSpan(begin..end), pair.Pretrained.AsSpan(begin..end));
        }

        Assert.Equal(Math.Sqrt(vector), whole.Vector, 1e-12);
        Assert.Equal(Math.Sqrt(start), whole.Base, 1e-12);
        Assert.Equal((whole.Vector, whole.Base), (pieces.Vector, pieces.Base));
    }

    private static Term Term((byte[] FineTuned, byte[] Pretrained) pair, double scale) => new(pair.FineTuned, pair.Pretrained, scale);

    private static (byte[] FineTuned, byte[] Pretrained) Pair(DType dtype, int length, int seed) =>
        (Weights(dtype, length, seed), Weights(dtype, length, seed + 1));

    private static byte[] Weights(DType dtype, int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).SelectMany(_ => Bits(dtype, (random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-12, 2))))];
    }

    private static double Value(DType dtype, byte[] bytes, int i) => dtype switch
    {
        DType.BF16 => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, 2 * i) << 16),
        DType.F16 => (double)BitConverter.ToHalf(bytes, 2 * i),
        DType.F32 => BitConverter.ToSingle(bytes, 4 * i),
        _ => BitConverter.ToDouble(bytes, 8 * i),
    };

    private static byte[] Bits(DType dtype, double value)
    {
        switch (dtype)
        {
            case DType.BF16:
                var bytes = new byte[2];
                var bits = double.IsNaN(value) ? 0x7FC0 : double.IsInfinity(value) ? 0x7F80 : ExactSum.Round(value, 8, 7);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)bits);
                return bytes;
            case DType.F16:
                return BitConverter.GetBytes((Half)value);
            case DType.F32:
                return BitConverter.GetBytes((float)value);
            default:
                return BitConverter.GetBytes(value);
        }
    }
}
