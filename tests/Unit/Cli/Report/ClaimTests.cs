using Graft.Cli.Report;
using Graft.Cli.Report.Claims;
using Graft.Evaluator.Statistics;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class ClaimTests
{
    private static readonly Metric _accuracy = Metric.Of("exact_match");

    [Fact]
    public void A_claim_about_each_holds_when_every_difference_is_clear() =>
        Assert.Equal(Verdict.Held, Judge(Scope.Each, (0.5, 0.4), (0.6, 0.5)));

    [Fact]
    public void One_unclear_difference_leaves_it_undecided() => Assert.Equal(Verdict.Undecided, Judge(Scope.Each, (0.5, 0.4), (0.52, 0.5)));

    [Fact]
    public void One_clear_difference_the_other_way_refutes_it() => Assert.Equal(Verdict.DidNotHold, Judge(Scope.Each, (0.5, 0.4), (0.4, 0.5)));

    [Fact]
    public void Among_many_a_difference_the_other_way_must_be_clearer()
    {
        // -4.5 points at an error of 2.1: p = 0.034, enough alone, not one of two.
        Assert.Equal(Verdict.DidNotHold, Judge(Scope.Each, (0.455, 0.5)));
        Assert.Equal(Verdict.Undecided, Judge(Scope.Each, (0.455, 0.5), (0.6, 0.5)));
    }

    [Fact]
    public void A_claim_about_the_mean_forgives_single_differences()
    {
        Assert.Equal(Verdict.Held, Judge(Scope.Mean, (0.7, 0.5), (0.49, 0.5)));
        Assert.Equal(Verdict.DidNotHold, Judge(Scope.Mean, (0.3, 0.5), (0.51, 0.5)));
        Assert.Equal(Verdict.Undecided, Judge(Scope.Mean, (0.51, 0.5), (0.49, 0.5)));
    }

    [Fact]
    public void The_error_of_a_mean_over_the_same_items_is_that_of_the_items_means()
    {
        var (a, b) = (ItemsOf(1, 1, 0, 1), ItemsOf(0, 1, 0, 0));
        var (c, d) = (ItemsOf(1, 0, 1, 1), ItemsOf(0, 0, 1, 0));
        var claim = new ClaimBuilder("", Scope.Mean, _accuracy).Better("a", a, "b", b).Better("c", c, "d", d).Build().Single();

        // Both differ by 1, 0, 0, 1: their mean has the error of one of them.
        Assert.Equal(0.5, claim.MeanGain);
        Assert.Equal(Math.Sqrt(4 * 0.25 / 3 / 4), claim.MeanError, 1e-15);
    }

    [Fact]
    public void Without_items_the_error_of_a_mean_is_not_made_smaller_by_averaging()
    {
        var claim = new ClaimBuilder("", Scope.Mean, _accuracy)
            .Better("a", ScoreOf(0.5, 0.03), "b", ScoreOf(0.4, 0.04))
            .Better("c", ScoreOf(0.5, 0.03), "d", ScoreOf(0.4, 0.04)).Build().Single();

        Assert.Equal(0.05, claim.MeanError, 1e-15);
        Assert.Equal(NormalDistribution.TwoSidedP(2), claim.MeanP, 1e-12);
    }

    [Fact]
    public void A_claim_that_something_is_worse_gains_by_a_loss()
    {
        var claim = new ClaimBuilder("", Scope.Each, _accuracy).Worse("merge", ScoreOf(0.1), "base", ScoreOf(0.4)).Build().Single();

        Assert.Equal(Verdict.Held, claim.Verdict);
        Assert.Equal(-0.3, claim.Evidence[0].Difference, 1e-15);
    }

    [Fact]
    public void Without_a_comparison_there_is_no_claim() =>
        Assert.Empty(new ClaimBuilder("", Scope.Each, _accuracy).Better("a", null, "b", ScoreOf(0.5)).Build());

    [Fact]
    public void Findings_are_told_with_their_numbers()
    {
        var single = new ClaimBuilder("", Scope.Each, _accuracy).Better("M5+M4", ScoreOf(0.654, 0.024), "M5-FT", ScoreOf(0.692, 0.023)).Build().Single();
        var several = new ClaimBuilder("", Scope.Each, _accuracy)
            .Better("a", ScoreOf(0.5, 0.03), "b", ScoreOf(0.3, 0.04)).Better("c", ScoreOf(0.2, 0.03), "d", ScoreOf(0.4, 0.04)).Build().Single();

        Assert.Equal("M5+M4 65.4 +- 2.4 against M5-FT 69.2 +- 2.3: -3.8 +- 3.3 points, p = 0.25.", ClaimWords.Finding(single, " +- "));
        Assert.Equal(
            "1 of 2 comparisons point this way, 1 clearly, 1 clearly the other way; differences -20.0 to +20.0 points, mean 0.0 +- 5.0.",
            ClaimWords.Finding(several, " +- "));
    }

    [Theory]
    [InlineData(0.0009, "p < 0.001")]
    [InlineData(0.034, "p = 0.034")]
    [InlineData(0.25, "p = 0.25")]
    public void Probabilities_are_rounded_as_far_as_they_tell(double p, string text) => Assert.Equal(text, ClaimWords.P(p));

    /// <summary>Pairs of scores with an error of 2.1 points for their difference.</summary>
    private static Verdict Judge(Scope scope, params (double First, double Second)[] pairs)
    {
        var builder = new ClaimBuilder("", scope, _accuracy);
        foreach (var (first, second) in pairs)
        {
            builder.Better("first", ScoreOf(first, 0.015), "second", ScoreOf(second, 0.015));
        }

        return builder.Build().Single().Verdict;
    }
}
