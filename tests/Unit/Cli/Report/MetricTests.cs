using Graft.Cli.Report;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class MetricTests
{
    [Fact]
    public void The_best_of_a_column_is_the_highest_accuracy_or_the_lowest_bits()
    {
        var scores = Scores(("M1", 0.3), ("M2", 0.5), ("M3", 0.4));

        Assert.Equal(["M2"], Metric.Of("exact_match").Best(scores));
        Assert.Equal(["M1"], Metric.Of("bits_per_byte").Best(scores));
    }

    [Fact]
    public void Ties_are_all_the_best() =>
        Assert.Equal(["M1", "M3"], Metric.Of("acc_raw").Best(Scores(("M1", 0.5), ("M2", 0.4), ("M3", 0.5))).Order());

    [Fact]
    public void An_empty_column_has_no_best() => Assert.Empty(Metric.Of("acc_raw").Best([]));

    [Theory]
    [InlineData("exact_match", 0.6543, "65.4")]
    [InlineData("acc_per_char", 1, "100.0")]
    [InlineData("bits_per_byte", 1.59149, "1.591")]
    [InlineData("something_else", 12.3456, "12.346")]
    public void Accuracies_are_percent_and_the_rest_is_as_it_is(string metric, double value, string text) =>
        Assert.Equal(text, Metric.Of(metric).Format(value));

    [Theory]
    [InlineData(0.031, "+3.1")]
    [InlineData(-0.031, "-3.1")]
    [InlineData(-0.0001, "0.0")]
    public void Differences_have_a_sign_unless_they_round_to_nothing(double difference, string text) =>
        Assert.Equal(text, Metric.Of("exact_match").FormatDifference(difference));

    [Fact]
    public void Less_is_a_gain_where_lower_is_better()
    {
        Assert.Equal(0.25, Metric.Of("bits_per_byte").Gain(1.5, 1.75));
        Assert.Equal(-0.25, Metric.Of("acc_raw").Gain(0.5, 0.75));
    }
}
