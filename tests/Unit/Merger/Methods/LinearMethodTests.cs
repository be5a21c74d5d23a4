using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Xunit;
using static Graft.Tests.Unit.Merger.Methods.Merged;

namespace Graft.Tests.Unit.Merger.Methods;

public sealed class LinearMethodTests
{
    private static readonly MergeMethod _linear = new MergeMethod.Linear();

    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F16)]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    public void A_merge_is_the_wide_sum_rounded_once_whatever_the_length(DType dtype)
    {
        // Lengths around the vector's width and the block's.
        foreach (var length in new[] { 0, 1, 7, 8, 15, 16, 17, 255, 256, 257, 1000 })
        {
            var (start, first, second) = (Weights(dtype, length, 1), RandomTerm(dtype, length, 2, 0.5), RandomTerm(dtype, length, 4, -1.25));

            var result = Run(_linear, dtype, start, [first, second]);

            Assert.Equal(Numbers.AllBits(dtype, Expected(start, first, second)), result);
        }
    }

    [Fact]
    public void Element_types_may_differ_and_are_all_computed_wide()
    {
        DType[] types = [DType.BF16, DType.F16, DType.F32, DType.F64];
        foreach (var (start, fineTuned, pretrained, result) in
            from a in types from b in types from c in types from d in types select (a, b, c, d))
        {
            var operand = Weights(start, 300, 1);
            var term = new Term(Weights(fineTuned, 300, 2), Weights(pretrained, 300, 3), 0.75);

            var merged = Run(_linear, result, operand, [term]);

            Assert.Equal(Numbers.AllBits(result, Expected(operand, term)), merged);
        }
    }

    [Fact]
    public void Casting_the_inputs_rounds_each_of_them_first()
    {
        var start = Weights(DType.F32, 500, 1);
        var term = new Term(Weights(DType.BF16, 500, 2), Weights(DType.F32, 500, 3));
        double Cast(double value) => Numbers.Rounded(DType.BF16, value);
        var expected = start.Values.Select((value, i) =>
            Cast(value) + (Cast(term.FineTuned.Values[i]) - Cast(term.Pretrained.Values[i])));

        var cast = Run(_linear, DType.BF16, start, [term], cast: DType.BF16);

        Assert.Equal(Numbers.AllBits(DType.BF16, expected), cast);
        Assert.NotEqual(Run(_linear, DType.BF16, start, [term]), cast);
    }

    [Fact]
    public void The_vector_is_never_formed_in_the_dtype_of_the_weights()
    {
        // 1 + 2^-8 is a tie that goes down to 1. The difference is 2^-8 + 2^-20, which lifts the sum over it; in bf16 it would be 2^-8.
        var term = new Term(Of(DType.BF16, Math.ScaleB(1, -8)), Of(DType.BF16, -Math.ScaleB(1, -20)));

        var result = Run(_linear, DType.BF16, Of(DType.BF16, 1.0), [term]);

        Assert.Equal(Numbers.Bits(DType.BF16, 1 + Math.ScaleB(1, -7)), result);
    }

    [Fact]
    public void Infinite_and_undefined_weights_stay_visible()
    {
        double[] starts = [1, double.PositiveInfinity, double.NaN, 1];
        double[] fineTuned = [double.PositiveInfinity, 1, 1, double.PositiveInfinity];
        double[] pretrained = [1, 1, 1, double.PositiveInfinity];

        var result = Run(_linear, DType.BF16, Of(DType.BF16, starts), [new Term(Of(DType.BF16, fineTuned), Of(DType.BF16, pretrained))]);

        Assert.Equal(
            Numbers.AllBits(DType.BF16, [double.PositiveInfinity, double.PositiveInfinity, double.NaN, double.NaN]), result);
    }

    [Fact]
    public void A_factor_of_the_tensor_multiplies_every_scale()
    {
        var (start, first, second) = (Weights(DType.F32, 100, 1), RandomTerm(DType.F32, 100, 2, 0.5), RandomTerm(DType.F32, 100, 4, -1));

        var result = Run(_linear, DType.F32, start, [first, second], factor: 0.5);

        Assert.Equal(Numbers.AllBits(DType.F32, Expected(start, first with { Scale = 0.25 }, second with { Scale = -0.5 })), result);
    }

    internal static IEnumerable<double> Expected(Operand start, params Term[] terms) => start.Values.Select((value, i) =>
    {
        foreach (var term in terms)
        {
            value += term.Scale * (term.FineTuned.Values[i] - term.Pretrained.Values[i]);
        }

        return value;
    });
}
