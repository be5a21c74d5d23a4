using Graft.Trainer.Vectors;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Vectors;

/// <summary>Four sums at a time against one after the other: the same bits, or results of earlier versions would not come again.</summary>
public unsafe class QuadSumsTests
{
    private static readonly Random _random = new(6);

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(10)]
    public void Products_have_the_bits_of_lone_ones(int depth)
    {
        const int stride = 48;
        float[] x = Numbers(4 * depth), columns = Numbers(depth * stride), together = new float[4 * stride], alone = new float[4 * stride];
        fixed (float* px = x, pc = columns, pt = together, pa = alone)
        {
            QuadSums.Products(Quad.Of(px, depth), pc, stride, depth, Quad.Of(pt, stride), last: 40);
            for (var row = 0; row < 4; row++)
            {
                for (var j = 0; j < stride; j++)
                {
                    float even = 0, odd = 0;
                    for (var d = 0; d < depth; d += 2)
                    {
                        even = MathF.FusedMultiplyAdd(px[(row * depth) + d], pc[(d * stride) + j], even);
                        odd = MathF.FusedMultiplyAdd(px[(row * depth) + d + 1], pc[((d + 1) * stride) + j], odd);
                    }

                    pa[(row * stride) + j] = even + odd;
                }
            }
        }

        Assert.Equal(alone, together);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Growing_sums_have_the_bits_of_lone_ones(int count, int columns)
    {
        float[] weights = Numbers(4 * 64), x = Numbers(64 * columns), together = new float[4 * columns], alone = new float[4 * columns];
        fixed (float* pw = weights, px = x, pt = together, pa = alone)
        {
            var rows = new Rows(px, columns, columns);
            QuadSums.Growing(Quad.Of(pw, 64), rows, count, Quad.Of(pt, columns));
            for (var row = 0; row < 4; row++)
            {
                Lanes.WeightedSum(pw + (row * 64), 1, rows, count + row, pa + (row * columns), accumulate: false);
            }
        }

        Assert.Equal(alone, together);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Shrinking_sums_have_the_bits_of_lone_ones(int count, int columns)
    {
        const int stride = 64;
        count += 3;
        float[] weights = Numbers(64 * stride), x = Numbers(64 * columns), together = Numbers(4 * columns);
        var alone = together.ToArray();
        fixed (float* pw = weights, px = x, pt = together, pa = alone)
        {
            var rows = new Rows(px, columns, columns);
            QuadSums.Shrinking(pw, stride, rows, count, Quad.Of(pt, columns));
            for (var row = 0; row < 4; row++)
            {
                Lanes.WeightedSum(pw + (row * stride) + row, stride, rows.From(row), count - row, pa + (row * columns), accumulate: true);
            }
        }

        Assert.Equal(alone, together);
    }

    public static TheoryData<int, int> Shapes()
    {
        var shapes = new TheoryData<int, int>();
        foreach (var columns in new[] { 16, 64, 10, 40 })
        {
            foreach (var count in new[] { 1, 2, 3, 4, 5, 30, 33 })
            {
                shapes.Add(count, columns);
            }
        }

        return shapes;
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(_random.NextDouble() - 0.5))];
}
