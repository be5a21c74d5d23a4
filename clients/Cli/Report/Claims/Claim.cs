using Graft.Cli.Report.Statistics;
using Graft.Evaluator.Statistics;

namespace Graft.Cli.Report.Claims;

/// <summary>What a run says about a claim of the study.</summary>
internal enum Verdict
{
    Held,
    DidNotHold,
    Undecided,
}

/// <summary>What a claim with several comparisons is about.</summary>
internal enum Scope
{
    /// <summary>Each single one of them.</summary>
    Each,

    /// <summary>Their mean.</summary>
    Mean,
}

/// <summary>A model's score with the name it has in the study, such as "M5+M4".</summary>
internal sealed record NamedScore(string Name, Score Score);

/// <summary>One comparison a claim rests on; its test's gain is positive when it points the way the claim says.</summary>
internal sealed record Evidence(NamedScore First, NamedScore Second, Comparison Test)
{
    /// <summary>First minus second, whatever is better.</summary>
    public double Difference => First.Score.Value - Second.Score.Value;
}

/// <summary>A claim of the study, judged on a run.</summary>
internal sealed class Claim
{
    /// <summary>Probability of a wrong "held" or "did not hold".</summary>
    public const double Level = 0.05;

    /// <param name="statement">The claim in plain words.</param>
    /// <param name="scope">Whether it is about each comparison or about their mean.</param>
    /// <param name="metric">What its scores are.</param>
    /// <param name="margin">Loss the claim still allows, in the metric's unit; 0 for most.</param>
    /// <param name="evidence">Every comparison that the run has for it, at least one.</param>
    public Claim(string statement, Scope scope, Metric metric, double margin, IReadOnlyList<Evidence> evidence)
    {
        Statement = statement;
        Scope = scope;
        Metric = metric;
        Margin = margin;
        Evidence = evidence;
        MeanGain = evidence.Average(one => one.Test.Gain);
        MeanError = ErrorOfMean();
        MeanP = evidence is [var only] ? only.Test.P : NormalDistribution.PValue(MeanGain + margin, MeanError);
        Verdict = scope == Scope.Each ? JudgeEach() : JudgeMean();
    }

    public string Statement { get; }

    public Scope Scope { get; }

    public Metric Metric { get; }

    public double Margin { get; }

    public IReadOnlyList<Evidence> Evidence { get; }

    public Verdict Verdict { get; }

    public double MeanGain { get; }

    /// <summary>Standard error of <see cref="MeanGain"/>.</summary>
    public double MeanError { get; }

    /// <summary>Two-sided p of the mean gain being zero, or minus the margin.</summary>
    public double MeanP { get; }

    /// <summary>What the numbers say, whatever chance has to do with them.</summary>
    public bool IsTrueOfScores => Scope == Scope.Each ? Evidence.All(PointsTheClaimedWay) : MeanGain + Margin > 0;

    /// <summary>
    /// Of the verdict, two-sided. About each comparison: the largest p when all point the claimed way (all must be clear), else the
    /// smallest of those that point the other way times the number of comparisons. About the mean: that of the mean.
    /// </summary>
    public double P => Scope == Scope.Mean ? MeanP
        : IsTrueOfScores ? Evidence.Max(one => one.Test.P)
        : Math.Min(1, Evidence.Count * Evidence.Where(one => !PointsTheClaimedWay(one)).Min(one => one.Test.P));

    public bool PointsTheClaimedWay(Evidence evidence) => evidence.Test.Gain + Margin > 0;

    public bool Supports(Evidence evidence) => PointsTheClaimedWay(evidence) && evidence.Test.P < Level;

    /// <summary>By Bonferroni: one wrong among many is likely by chance.</summary>
    public bool Contradicts(Evidence evidence) => evidence.Test.Gain + Margin < 0 && evidence.Test.P < Level / Evidence.Count;

    /// <summary>All must be significant, so holding needs no correction for their number; one that contradicts is enough against it.</summary>
    private Verdict JudgeEach() =>
        Evidence.All(Supports) ? Verdict.Held
        : Evidence.Any(Contradicts) ? Verdict.DidNotHold
        : Verdict.Undecided;

    private Verdict JudgeMean() =>
        MeanP >= Level ? Verdict.Undecided
        : MeanGain + Margin > 0 ? Verdict.Held
        : Verdict.DidNotHold;

    /// <summary>Over items where they are known to be the same and of one seed; else the mean of the errors, which the error of a mean never exceeds.</summary>
    private double ErrorOfMean()
    {
        var gains = Evidence.Select(one => Comparison.Differences(Metric, one.First.Score, one.Second.Score))
            .OfType<IReadOnlyList<double>>().ToList();
        return gains.Count == Evidence.Count && Evidence.All(one => one.Test.Method != TestMethod.PairedSeeds) && gains.All(gain => gain.Count == gains[0].Count)
            ? Comparison.StandardErrorOf([.. Enumerable.Range(0, gains[0].Count).Select(item => gains.Average(gain => gain[item]))])
            : Evidence.Average(one => one.Test.StandardError);
    }
}
