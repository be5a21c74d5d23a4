using CsCheck;
using Graft.Cli.Report;
using Graft.Cli.Report.Statistics;
using Graft.Evaluator.Statistics;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class StatisticsTests
{
    private static readonly Metric _accuracy = Metric.Of("exact_match");
    private static readonly Metric _bits = Metric.Of("bits_per_byte");

    // By hand: (0,0) no evidence; (5,0) 2/32; (1,9) 2(1+10)/1024; (3,7) 2(1+10+45+120)/1024; (4,4) more than everything.
    [Theory]
    [InlineData(0, 0, 1.0)]
    [InlineData(1, 0, 1.0)]
    [InlineData(5, 0, 2.0 / 32)]
    [InlineData(1, 9, 22.0 / 1024)]
    [InlineData(9, 1, 22.0 / 1024)]
    [InlineData(3, 7, 352.0 / 1024)]
    [InlineData(4, 4, 1.0)]
    public void McNemar_is_exact_on_tables_counted_by_hand(int onlyFirst, int onlySecond, double p) =>
        Assert.Equal(p, McNemar.ExactP(onlyFirst, onlySecond), 1e-12);

    [Fact]
    public void McNemar_holds_for_thousands_of_items()
    {
        // Far in the tail the normal approximation with continuity correction is near; the powers of two alone would underflow.
        Assert.Equal(NormalDistribution.TwoSidedP((1060 - 940 - 1) / Math.Sqrt(2000)), McNemar.ExactP(1060, 940), 2e-4);
        Assert.InRange(McNemar.ExactP(1500, 500), 0, 1e-100);
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 0.31731050786291415)]
    [InlineData(-1.959963984540054, 0.05)]
    [InlineData(3, 0.0026997960632601866)]
    [InlineData(5, 5.733031437583869e-7)]
    [InlineData(10, 1.5239706048321052e-23)]
    public void The_normal_tail_is_right_to_12_digits(double z, double p) =>
        Assert.InRange(NormalDistribution.TwoSidedP(z) / p, 1 - 1e-12, 1 + 1e-12);

    [Fact]
    public void The_two_formulas_of_the_normal_tail_meet() =>
        Assert.InRange(NormalDistribution.Erfc(3) / NormalDistribution.Erfc(Math.BitDecrement(3)), 1 - 1e-9, 1 + 1e-9);

    [Fact]
    public void The_error_of_a_share_is_the_textbooks()
    {
        // 30 right of 100: sqrt(p (1 - p) / (n - 1)).
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i < 30 ? 1.0 : 0)];

        Assert.Equal(Math.Sqrt(0.3 * 0.7 / 99), Comparison.StandardErrorOf(values), 1e-15);
        Assert.Equal(0, Comparison.StandardErrorOf([5]));
    }

    [Fact]
    public void Right_and_wrong_on_the_same_items_is_tested_by_McNemar()
    {
        var first = ItemsOf(1, 1, 1, 1, 1, 1, 0, 1);
        var second = ItemsOf(1, 0, 0, 0, 0, 0, 1, 1);

        var comparison = Comparison.Of(_accuracy, first, second);

        Assert.Equal(TestMethod.McNemar, comparison.Method);
        Assert.Equal(McNemar.ExactP(5, 1), comparison.P);
        Assert.Equal(0.5, comparison.Gain);
        // Differences: five times 1, once -1, twice 0.
        Assert.Equal(Math.Sqrt((5 * 0.25 + 2.25 + 2 * 0.25) / 7 / 8), comparison.StandardError, 1e-15);
    }

    [Fact]
    public void Numbers_on_the_same_items_are_tested_by_the_bootstrap_and_lower_bits_are_a_gain()
    {
        var random = new Random(1);
        double[] second = [.. Enumerable.Range(0, 100).Select(_ => 2 + random.NextDouble())];
        double[] first = [.. second.Select(value => value - 0.1 + 0.2 * (random.NextDouble() - 0.5))];

        var comparison = Comparison.Of(_bits, ItemsOf(first), ItemsOf(second));

        Assert.Equal(TestMethod.PairedBootstrap, comparison.Method);
        Assert.InRange(comparison.Gain, 0.08, 0.12);
        Assert.Equal(2.0 / (PairedBootstrap.Resamples + 1), comparison.P);
    }

    [Fact]
    public void The_bootstrap_agrees_with_the_normal_approximation_on_many_items()
    {
        var random = new Random(2);
        double[] differences = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble() - 0.53)];
        var z = differences.Average() / Comparison.StandardErrorOf(differences);

        Assert.Equal(NormalDistribution.TwoSidedP(z), PairedBootstrap.Of(differences, new Random(0)).P, 0.02);
        Assert.Equal(1, PairedBootstrap.Of([0, 0, 0], new Random(0)).P);
    }

    [Fact]
    public void Scores_without_the_same_items_are_compared_by_their_errors()
    {
        var other = ItemsOf(1, 0, 1) with { Items = new ItemValues(["a", "b", "c"], [1, 0, 1]) };

        var plain = Comparison.Of(_accuracy, ScoreOf(0.5, 0.03), ScoreOf(0.4, 0.04));

        Assert.Equal(TestMethod.UnpairedNormal, plain.Method);
        Assert.Equal(0.05, plain.StandardError, 1e-15);
        Assert.Equal(NormalDistribution.TwoSidedP(2), plain.P, 1e-12);
        Assert.Equal(TestMethod.UnpairedNormal, Comparison.Of(_accuracy, ItemsOf(1, 0, 1), other).Method);
    }

    [Fact]
    public void A_margin_forgives_a_loss_of_its_size()
    {
        var comparison = Comparison.Of(_accuracy, ScoreOf(0.49, 0.003), ScoreOf(0.5, 0.004), margin: 0.02);

        Assert.Equal(-0.01, comparison.Gain, 1e-15);
        Assert.Equal(NormalDistribution.TwoSidedP(2), comparison.P, 1e-12);
    }

    [Fact]
    public void Equal_scores_without_error_do_not_differ_and_unequal_ones_do()
    {
        Assert.Equal(1, Comparison.Of(_accuracy, ScoreOf(1, 0), ScoreOf(1, 0)).P);
        Assert.Equal(0, Comparison.Of(_accuracy, ScoreOf(1, 0), ScoreOf(0, 0)).P);
    }

    [Fact]
    public void Comparing_the_other_way_round_changes_only_the_sign() =>
        Gen.Select(Gen.Bool.Array[20], Gen.Bool.Array[20]).Sample((a, b) =>
        {
            var (first, second) = (ItemsOf([.. a.Select(x => x ? 1.0 : 0)]), ItemsOf([.. b.Select(x => x ? 1.0 : 0)]));
            var (one, other) = (Comparison.Of(_accuracy, first, second), Comparison.Of(_accuracy, second, first));
            return one.P.Equals(other.P) && one.Gain.Equals(-other.Gain) && one.P is > 0 and <= 1 && Math.Abs(one.StandardError - other.StandardError) < 1e-12;
        });
}
