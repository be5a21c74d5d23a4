using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Xunit;
using static Graft.Tests.Unit.Merger.Methods.Merged;

namespace Graft.Tests.Unit.Merger.Methods;

public sealed class TiesMethodTests
{
    [Fact]
    public void Entries_are_trimmed_signs_elected_and_what_agrees_is_averaged()
    {
        // Four entries, density 0.5: each vector keeps its two largest.
        var zero = Of(DType.F64, 0, 0, 0, 0);
        Term[] terms = [new(Of(DType.F64, 4, -3, 1, 2), zero, 1), new(Of(DType.F64, 2, 5, 1, -6), zero, 3)];

        var result = Run(new MergeMethod.Ties(0.5, 2), DType.F64, Of(DType.F64, 10, 10, 10, 10), terms);

        // Trimmed: (4, -3, 0, 0) and 3 * (0, 5, 0, -6). Signs: +, +, none, -. Means: 4/1, 15/3, nothing, -18/3.
        Assert.Equal([10 + (2 * 4), 10 + (2 * 5), 10, 10 + (2 * -6)], Numbers.Values(DType.F64, result));
    }

    [Fact]
    public void Of_equal_entries_at_the_edge_the_first_stay()
    {
        var start = Of(DType.F64, 0, 0, 0, 0, 0, 0);
        var term = new Term(Of(DType.F64, -1, 1, 2, 1, -1, 1), start);

        var result = Run(new MergeMethod.Ties(0.5, 1), DType.F64, start, [term]);

        Assert.Equal([-1, 1, 2, 0, 0, 0], Numbers.Values(DType.F64, result));
    }

    [Theory]
    [InlineData(DType.BF16, DType.BF16)]
    [InlineData(DType.F32, DType.BF16)]
    [InlineData(DType.F64, DType.F32)]
    public void A_merge_is_what_the_definition_says_in_any_slices(DType inputs, DType output)
    {
        foreach (var (length, density) in new[] { (1, 0.1), (9, 0.5), (300, 0.2), (3001, 0.05), (3001, 0.9), (257, 1.0) })
        {
            var start = Weights(inputs, length, 1);
            Term[] terms = [RandomTerm(inputs, length, 2, 0.5), RandomTerm(inputs, length, 3, 1.5), RandomTerm(inputs, length, 4, -0.7)];
            var expected = Numbers.AllBits(output, Expected(start, terms, density, lambda: 0.8));

            foreach (var slice in new[] { 0, 256, 1024 })
            {
                Assert.Equal(expected, Run(new MergeMethod.Ties(density, 0.8), output, start, terms, slice: slice));
            }
        }
    }

    [Fact]
    public void Differences_that_share_their_first_forty_bits_are_told_apart()
    {
        // Three passes are needed: the magnitudes differ in their last bits only.
        var ones = Enumerable.Range(0, 1000).Select(i => 1 + (((i * 617) % 1000) * Math.ScaleB(1, -52))).ToArray();
        var start = Of(DType.F64, new double[1000]);
        var term = new Term(Of(DType.F64, ones), start);

        var result = Numbers.Values(DType.F64, Run(new MergeMethod.Ties(0.1, 1), DType.F64, start, [term], slice: 256));

        var edge = ones.OrderDescending().ElementAt(99);
        Assert.Equal(ones.Select(value => value >= edge ? value : 0), result);
    }

    [Fact]
    public void With_everything_kept_one_vector_is_the_linear_merge()
    {
        var (start, term) = (Weights(DType.BF16, 1000, 1), RandomTerm(DType.BF16, 1000, 2));

        Assert.Equal(
            Run(new MergeMethod.Linear(), DType.BF16, start, [term with { Scale = 0.3 }]),
            Run(new MergeMethod.Ties(1, 0.3), DType.BF16, start, [term]));
    }

    [Fact]
    public void A_negative_scale_takes_the_vector_away()
    {
        var (start, term) = (Weights(DType.F32, 1000, 1), RandomTerm(DType.F32, 1000, 2));

        Assert.Equal(
            Run(new MergeMethod.Linear(), DType.F32, start, [term with { Scale = -1 }]),
            Run(new MergeMethod.Ties(1, 1), DType.F32, start, [term with { Scale = -1 }]));
    }

    [Fact]
    public void A_factor_of_the_tensor_multiplies_lambda()
    {
        var (start, term) = (Weights(DType.F32, 1000, 1), RandomTerm(DType.F32, 1000, 2, 2));

        Assert.Equal(
            Run(new MergeMethod.Ties(0.2, 0.5), DType.F32, start, [term]),
            Run(new MergeMethod.Ties(0.2, 1), DType.F32, start, [term], factor: 0.5));
    }

    [Fact]
    public void What_is_not_a_number_stays_visible_and_is_kept_first()
    {
        var start = Of(DType.F32, 1, 1, 1, 1);
        Term[] terms =
        [
            new(Of(DType.F32, double.NaN, 9, 2, 2), start),
            new(Of(DType.F32, 5, double.PositiveInfinity, 2, 2), start),
        ];

        var result = Numbers.Values(DType.F32, Run(new MergeMethod.Ties(0.25, 1), DType.F32, start, terms));

        Assert.Equal([double.NaN, double.PositiveInfinity, 1, 1], result);
    }

    // The definition, with a sort and scalars.
    private static IEnumerable<double> Expected(Operand start, Term[] terms, double density, double lambda)
    {
        var length = start.Values.Length;
        var kept = terms.Select(term =>
        {
            double[] difference = [.. term.FineTuned.Values.Zip(term.Pretrained.Values, (to, from) => to - from)];
            var stays = Enumerable.Range(0, length).OrderByDescending(i => Math.Abs(difference[i])).ThenBy(i => i)
                .Take(Math.Max(1, (int)(density * length))).ToHashSet();
            return difference.Select((value, i) => stays.Contains(i) ? value * term.Scale : 0).ToArray();
        }).ToArray();
        return start.Values.Select((value, i) =>
        {
            var sign = kept.Aggregate(0.0, (sum, entries) => sum + entries[i]) >= 0 ? 1 : -1;
            var (sum, weight) = (0.0, 0.0);
            for (var k = 0; k < terms.Length; k++)
            {
                if (Math.Sign(kept[k][i]) == sign)
                {
                    sum += kept[k][i];
                    weight += Math.Abs(terms[k].Scale);
                }
            }

            return weight == 0 ? value : value + (sum / weight * lambda);
        });
    }
}
