using CsCheck;
using Graft.Evaluator.Statistics;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Statistics;

public sealed class MeanEstimateTests
{
    [Fact]
    public void Values_of_a_worked_example()
    {
        // 2 4 4 4 5 5 7 9: mean 5, squared deviations 32, so sqrt(32 / 7 / 8).
        var estimate = MeanEstimate.Of([2, 4, 4, 4, 5, 5, 7, 9]);

        Assert.Equal(5, estimate.Value);
        Assert.Equal(0.75592894601845445, estimate.StandardError, 1e-15);
    }

    [Fact]
    public void Accuracy_of_gsm8k_size_has_the_known_error()
    {
        // p = 0.7 of 1319 items: sqrt(p (1 - p) / (n - 1)), 1.26 points.
        var right = (int)Math.Round(0.7 * 1319);
        var p = right / 1319.0;

        var estimate = MeanEstimate.Of([.. Enumerable.Range(0, 1319).Select(i => i < right ? 1.0 : 0.0)]);

        Assert.Equal(p, estimate.Value, 1e-15);
        Assert.Equal(Math.Sqrt(p * (1 - p) / 1318), estimate.StandardError, 1e-14);
        Assert.Equal(0.0126, estimate.StandardError, 1e-4);
    }

    [Fact]
    public void Error_is_that_of_all_pairs_of_items() => Gen.Double[-10, 10].Array[2, 40].Sample(items =>
    {
        // Variance = sum over pairs (x - y)^2 / (n (n - 1)).
        var pairs = items.SelectMany((x, i) => items.Take(i).Select(y => (x - y) * (x - y))).Sum();
        var expected = Math.Sqrt(pairs / items.Length / (items.Length - 1.0) / items.Length);

        var estimate = MeanEstimate.Of(items);

        Assert.Equal(items.Average(), estimate.Value, 1e-12);
        Assert.Equal(expected, estimate.StandardError, 1e-9);
    });

    [Fact]
    public void Single_item_has_no_error_and_none_is_a_bug()
    {
        Assert.Equal(new MeanEstimate(3, 0), MeanEstimate.Of([3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => MeanEstimate.Of([]));
    }
}
