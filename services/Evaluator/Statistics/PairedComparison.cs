namespace Graft.Evaluator.Statistics;

/// <summary>How two models' values of the same items were compared.</summary>
public enum PairedTest
{
    /// <summary>Exact McNemar test: all values are 0 or 1.</summary>
    McNemar,

    /// <summary>Bootstrap over the items' differences.</summary>
    Bootstrap,
}

/// <summary>One metric of two models on the same items.</summary>
/// <param name="First">Mean of the first's values.</param>
/// <param name="Second">Mean of the second's.</param>
/// <param name="StandardError">Of the difference of the means, from the items' differences.</param>
/// <param name="Low">Lower end of the difference's interval, a percentile of the bootstrap.</param>
/// <param name="High">Upper end.</param>
/// <param name="P">Two-sided, of no difference.</param>
/// <param name="Test">The test.</param>
/// <param name="FirstHigher">Items whose value is higher in the first.</param>
/// <param name="SecondHigher">Items whose value is higher in the second.</param>
public sealed record PairedComparison(
    double First, double Second, double StandardError, double Low, double High, double P, PairedTest Test, int FirstHigher, int SecondHigher)
{
    /// <summary>The first's mean less the second's.</summary>
    public double Difference => First - Second;

    /// <param name="first">Values of the first model, at least one.</param>
    /// <param name="second">Values of the second, of the same items in the same order.</param>
    /// <param name="confidence">Of the interval, above 0 and below 1.</param>
    /// <param name="random">Drives the bootstrap.</param>
    public static PairedComparison Of(IReadOnlyList<double> first, IReadOnlyList<double> second, double confidence, Random random)
    {
        double[] differences = [.. first.Zip(second, (a, b) => a - b)];
        var (up, down) = (differences.Count(difference => difference > 0), differences.Count(difference => difference < 0));
        var isBinary = first.Concat(second).All(value => value is 0 or 1);
        var bootstrap = PairedBootstrap.Of(differences, random);
        var (low, high) = bootstrap.Interval(confidence);
        return new PairedComparison(
            first.Average(),
            second.Average(),
            MeanEstimate.Of(differences).StandardError,
            low,
            high,
            isBinary ? McNemar.ExactP(up, down) : bootstrap.P,
            isBinary ? PairedTest.McNemar : PairedTest.Bootstrap,
            up,
            down);
    }
}
