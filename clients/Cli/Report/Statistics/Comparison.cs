using Graft.Evaluator.Statistics;

namespace Graft.Cli.Report.Statistics;

/// <summary>How a difference was tested.</summary>
internal enum TestMethod
{
    /// <summary>Exact McNemar test on the same items, right or wrong.</summary>
    McNemar,

    /// <summary>Bootstrap over the same items' differences.</summary>
    PairedBootstrap,

    /// <summary>Normal approximation with the standard error of the items' differences; used with a margin.</summary>
    PairedNormal,

    /// <summary>Normal approximation over the same items' differences of seed means, and over the seeds' own differences.</summary>
    PairedSeeds,

    /// <summary>Normal approximation as if the two scores were of different items: wider than the truth for equal items.</summary>
    UnpairedNormal,
}

/// <summary>One score against another.</summary>
/// <param name="Gain">How much better the first is, in the metric's own unit, whatever its direction.</param>
/// <param name="StandardError">Of the gain.</param>
/// <param name="P">Two-sided: of no difference, or with a margin of a gain of exactly minus the margin.</param>
/// <param name="Method">The test.</param>
internal sealed record Comparison(double Gain, double StandardError, double P, TestMethod Method)
{
    /// <summary>Tests whether two scores differ; paired where both have the values of the same items.</summary>
    /// <param name="metric">Tells which direction is better.</param>
    /// <param name="first">A score.</param>
    /// <param name="second">What it is compared with.</param>
    /// <param name="margin">Loss that is still no loss, in the metric's unit; 0 for a plain test.</param>
    public static Comparison Of(Metric metric, Score first, Score second, double margin = 0)
    {
        var gain = metric.Gain(first.Value, second.Value);
        if (Differences(metric, first, second) is not { } differences)
        {
            var unpaired = double.Hypot(first.StandardError, second.StandardError);
            return new Comparison(gain, unpaired, NormalDistribution.PValue(gain + margin, unpaired), TestMethod.UnpairedNormal);
        }

        if (SeedError(metric, first, second) is { } seeds)
        {
            var both = double.Hypot(StandardErrorOf(differences), seeds);
            return new Comparison(gain, both, NormalDistribution.PValue(gain + margin, both), TestMethod.PairedSeeds);
        }

        var error = StandardErrorOf(differences);
        if (margin != 0)
        {
            return new Comparison(gain, error, NormalDistribution.PValue(gain + margin, error), TestMethod.PairedNormal);
        }

        // Differences of answers that are right (1) or wrong (0) are -1, 0 or 1, and so could others' be: look at the values themselves.
        return IsBinary(first) && IsBinary(second)
            ? new Comparison(gain, error, McNemar.ExactP(differences.Count(d => d > 0), differences.Count(d => d < 0)), TestMethod.McNemar)
            : new Comparison(gain, error, PairedBootstrap.Of(differences, new Random(0)).P, TestMethod.PairedBootstrap);
    }

    /// <summary>
    /// Standard error of the mean gain over seeds, where either score is a mean of several: paired where both have the same ones; a score
    /// of one seed or none stands for itself.
    /// </summary>
    private static double? SeedError(Metric metric, Score first, Score second)
    {
        var (a, b) = (first.Seeds, second.Seeds);
        if (a.Count < 2 && b.Count < 2)
        {
            return null;
        }

        return a.Select(seed => seed.Seed).SequenceEqual(b.Select(seed => seed.Seed))
            ? StandardErrorOf([.. a.Zip(b, (one, other) => metric.Gain(one.Value, other.Value))])
            : double.Hypot(ErrorOver(a), ErrorOver(b));

        static double ErrorOver(IReadOnlyList<SeedScore> seeds) => seeds.Count < 2 ? 0 : StandardErrorOf([.. seeds.Select(seed => seed.Value)]);
    }

    /// <summary>Gain of the first on each item, or null where the items are not known to be the same.</summary>
    public static IReadOnlyList<double>? Differences(Metric metric, Score first, Score second) =>
        first.Items is { } a && second.Items is { } b && a.Ids.Count > 0 && a.Ids.SequenceEqual(b.Ids)
            ? [.. a.Values.Zip(b.Values, metric.Gain)]
            : null;

    /// <summary>Sample standard deviation (n - 1) divided by the root of n; 0 for a single value.</summary>
    public static double StandardErrorOf(IReadOnlyList<double> values) => MeanEstimate.Of([.. values]).StandardError;

    private static bool IsBinary(Score score) => score.Items!.Values.All(value => value is 0 or 1);
}
