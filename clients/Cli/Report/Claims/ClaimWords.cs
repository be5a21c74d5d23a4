using Graft.Cli.Report.Statistics;

namespace Graft.Cli.Report.Claims;

/// <summary>
/// Claims in words and numbers, for the terminal and the report alike. The plus-minus sign with its spaces is the caller's: not every terminal
/// has it.
/// </summary>
internal static class ClaimWords
{
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Held => "held",
        Verdict.DidNotHold => "did not hold",
        Verdict.Undecided => "undecided",
    };

    public static string Of(TestMethod method) => method switch
    {
        TestMethod.McNemar => "McNemar, exact",
        TestMethod.PairedBootstrap => "paired bootstrap",
        TestMethod.PairedNormal => "paired, normal",
        TestMethod.PairedSeeds => "paired over items and seeds, normal",
        TestMethod.UnpairedNormal => "unpaired, normal",
    };

    public static string P(double p) => p < 0.001 ? $"p {BareP(p)}" : $"p = {BareP(p)}";

    /// <summary>The same without its name: "&lt; 0.001", "0.034", "0.25".</summary>
    public static string BareP(double p) => p < 0.001 ? "< 0.001" : p.ToString(p < 0.1 ? "0.000" : "0.00");

    /// <summary>"M5+M4 65.4 (2.4) against ..." for one comparison, counts and the range for several.</summary>
    public static string Finding(Claim claim, string plusMinus) =>
        claim.Evidence is [var only] ? Single(claim, only, plusMinus) : Several(claim, plusMinus);

    public static string Difference(Claim claim, Evidence evidence, string plusMinus) =>
        claim.Metric.FormatDifference(evidence.Difference) + plusMinus
        + claim.Metric.Format(evidence.Test.StandardError) + claim.Metric.DifferenceUnit;

    public static string Value(Metric metric, Score score, string plusMinus) =>
        $"{metric.Format(score.Value)}{plusMinus}{metric.Format(score.StandardError)}";

    private static string Single(Claim claim, Evidence evidence, string plusMinus) =>
        $"{evidence.First.Name} {Value(claim.Metric, evidence.First.Score, plusMinus)} against {evidence.Second.Name} "
        + $"{Value(claim.Metric, evidence.Second.Score, plusMinus)}: {Difference(claim, evidence, plusMinus)}, {P(evidence.Test.P)}.";

    private static string Several(Claim claim, string plusMinus)
    {
        var count = claim.Evidence.Count;
        var pointing = claim.Evidence.Count(claim.PointsTheClaimedWay);
        var supporting = claim.Evidence.Count(claim.Supports);
        var contradicting = claim.Evidence.Count(claim.Contradicts);
        var metric = claim.Metric;
        var low = metric.FormatDifference(claim.Evidence.Min(evidence => evidence.Difference));
        var high = metric.FormatDifference(claim.Evidence.Max(evidence => evidence.Difference));
        var mean = metric.FormatDifference(claim.Evidence.Average(evidence => evidence.Difference));
        var against = contradicting > 0 ? $", {contradicting} clearly the other way" : "";
        return $"{pointing} of {count} comparisons point this way, {supporting} clearly{against}; "
            + $"differences {low} to {high}{metric.DifferenceUnit}, mean {mean}{plusMinus}{metric.Format(claim.MeanError)}.";
    }
}
