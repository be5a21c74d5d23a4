using System.Runtime.InteropServices;
using Graft.Artifacts.Delta;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Delta;

public sealed class ElementTransformTests
{
    [Fact]
    public void Neighbouring_floats_differ_by_one_or_two_after_zigzag()
    {
        var ascending = Enumerable.Range(0, 65536).Select(pattern => BitConverter.UInt16BitsToHalf((ushort)pattern))
            .Where(value => !Half.IsNaN(value))
            .Order(Comparer<Half>.Create((left, right) => left == right ? Half.IsNegative(right).CompareTo(Half.IsNegative(left)) : left.CompareTo(right)))
            .ToArray();

        Assert.All(Subtract(ElementKind.Float16, ascending[1..], ascending[..^1]), difference => Assert.Equal(2, difference));
        Assert.All(Subtract(ElementKind.Float16, ascending[..^1], ascending[1..]), difference => Assert.Equal(1, difference));
    }

    [Fact]
    public void Integers_are_subtracted_as_they_are()
    {
        var difference = new int[3];

        ElementTransform.Subtract(
            ElementKind.Integer32,
            MemoryMarshal.AsBytes<int>([5, -5, int.MinValue]),
            MemoryMarshal.AsBytes<int>([7, -8, int.MaxValue]),
            MemoryMarshal.AsBytes(difference.AsSpan()));

        Assert.Equal([3, 6, 2], difference);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Planes_hold_the_bytes_of_equal_significance(int width)
    {
        const int Length = 133;
        var elements = Enumerable.Range(0, Length * width).Select(i => (byte)((i * 7) + (i / 256))).ToArray();

        var planes = BytePlanes.Split([.. elements], new byte[elements.Length], width).ToArray();

        for (var plane = 0; plane < width; plane++)
        {
            Assert.Equal(
                Enumerable.Range(0, Length).Select(i => elements[(i * width) + plane]),
                planes.Skip(BytePlanes.Slot(plane, width) * Length).Take(Length));
        }
    }

    private static ushort[] Subtract(ElementKind kind, Half[] child, Half[] parent)
    {
        var difference = new ushort[child.Length];
        ElementTransform.Subtract(
            kind, MemoryMarshal.AsBytes<Half>(child), MemoryMarshal.AsBytes<Half>(parent), MemoryMarshal.AsBytes(difference.AsSpan()));
        return difference;
    }
}
