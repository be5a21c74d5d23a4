using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Xunit;
using static Graft.Tests.Unit.Merger.Methods.Merged;

namespace Graft.Tests.Unit.Merger.Methods;

public sealed class InterpolationMethodTests
{
    private static readonly MergeMethod _interpolation = new MergeMethod.Interpolation();

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.9)]
    [InlineData(-0.5)]
    [InlineData(1.5)]
    public void A_point_is_the_weighted_mean_of_the_ends(double at)
    {
        foreach (var dtype in new[] { DType.BF16, DType.F16, DType.F32, DType.F64 })
        {
            var (start, end) = (Weights(dtype, 777, 1), Weights(dtype, 777, 2));
            var expected = start.Values.Zip(end.Values, (from, to) => ((1 - at) * from) + (at * to));

            var result = Run(_interpolation, dtype, start, [new Term(end, start, at)], slice: 256);

            Assert.Equal(Numbers.AllBits(dtype, expected), result);
        }
    }
}
