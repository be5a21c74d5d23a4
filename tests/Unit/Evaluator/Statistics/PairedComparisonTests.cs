using Graft.Evaluator.Statistics;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Statistics;

public sealed class PairedComparisonTests
{
    [Fact]
    public void Right_and_wrong_is_tested_exactly()
    {
        var comparison = PairedComparison.Of([1, 1, 1, 1, 1, 1, 0, 1], [1, 0, 0, 0, 0, 0, 1, 1], 0.95, new Random(0));

        Assert.Equal((0.875, 0.375, 0.5), (comparison.First, comparison.Second, comparison.Difference));
        Assert.Equal((5, 1, PairedTest.McNemar), (comparison.FirstHigher, comparison.SecondHigher, comparison.Test));
        // 2 (1 + 6) / 2^6.
        Assert.Equal(14.0 / 64, comparison.P, 1e-12);
        Assert.Equal(Math.Sqrt((5 * 0.25 + 2.25 + 2 * 0.25) / 7 / 8), comparison.StandardError, 1e-15);
    }

    [Fact]
    public void Numbers_are_tested_by_the_bootstrap_whose_interval_is_about_the_normal_one()
    {
        var random = new Random(3);
        double[] first = [.. Enumerable.Range(0, 500).Select(_ => random.NextDouble())];
        double[] second = [.. first.Select(value => value + random.NextDouble() - 0.45)];

        var comparison = PairedComparison.Of(first, second, 0.95, new Random(0));

        Assert.Equal(PairedTest.Bootstrap, comparison.Test);
        Assert.Equal(comparison.Difference - 1.96 * comparison.StandardError, comparison.Low, 0.004);
        Assert.Equal(comparison.Difference + 1.96 * comparison.StandardError, comparison.High, 0.004);
        Assert.Equal(NormalDistribution.TwoSidedP(comparison.Difference / comparison.StandardError), comparison.P, 0.01);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_a_higher_confidence_a_wider_one()
    {
        double[] first = [0.5, 1, 0.25, 0.75, 0.1], second = [0.25, 1, 0.5, 0.5, 0];

        var (one, same, wide) = (Of(0.9, 1), Of(0.9, 1), Of(0.99, 1));

        Assert.Equal(one, same);
        Assert.True(wide.Low <= one.Low && wide.High >= one.High && wide.High - wide.Low > one.High - one.Low);

        PairedComparison Of(double confidence, int seed) => PairedComparison.Of(first, second, confidence, new Random(seed));
    }

    [Fact]
    public void Mean_of_groups_weighs_them_alike_and_their_errors_add_as_squares()
    {
        var mean = MeanEstimate.OfGroups([new MeanEstimate(0.2, 0.03), new MeanEstimate(0.6, 0.04)]);

        Assert.Equal((0.4, 0.025), (mean.Value, mean.StandardError));
    }
}
