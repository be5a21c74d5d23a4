using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Html;

/// <summary>Every claim with its verdict, its numbers, and the comparisons behind it to unfold.</summary>
internal static class ClaimsSection
{
    public static Fragment Render(Results results, IReadOnlyList<Claim> claims) => claims.Count == 0 ? Fragment.Empty : Fragment.Of(
        $"""
        <section aria-labelledby="claims">
        <h2 id="claims">Further claims</h2>
        <p>The fine-tuning is judged on <b>{results.Tasks.First().Key}</b>{Others(results)}. {Names(results.Tasks.First().Value)}</p>
        <table class="claims">
        <thead><tr><th scope="col">Verdict</th><th scope="col">Claim and numbers</th></tr></thead>
        <tbody>
        {claims.Select(Row).Join()}</tbody>
        </table>
        <p class="note">A difference is clear when p &lt; 0.05. A claim about every checkpoint held when all its differences are clear, and did
        not hold when one is clearly the other way (at 0.05 divided by their number); a claim about an average is judged by the mean difference.
        Everything else is undecided. {Uncertainty(results)}</p>
        </section>

        """);

    internal static string Uncertainty(Results results) => results.Cells.Any(cell => cell.Cell.HasSeed)
        ? "Uncertainties are one standard error over test items and over seeds, as squares together."
        : "Uncertainties are one standard error over test items of this one run: what another seed would change is not in them.";

    private static string Others(Results results) => results.Tasks.Count > 1 ? ", the first task; the others are watched for side effects" : "";

    /// <summary>How models are named, by this study's own last two checkpoints.</summary>
    private static Fragment Names(TaskResults task) => task.Trajectory is not [.., var from, var to] ? Fragment.Empty : Fragment.Of(
        $"""
        {to}+{from} is {to} with the vector of {from} (fine-tuned {from} minus {from}) added; -FT is fine-tuned, -CT trained on from there with the
        same recipe, +rec merged recurrently.
        """);

    private static Fragment Row(Claim claim)
    {
        var (css, sign) = claim.Verdict switch
        {
            Verdict.Held => ("held", "\u2713"),
            Verdict.DidNotHold => ("fell", "\u2717"),
            Verdict.Undecided => ("open", "?"),
        };
        return Fragment.Of(
            $"""
            <tr><td><span class="verdict {css}"><span aria-hidden="true">{sign}</span> {ClaimWords.Of(claim.Verdict)}</span></td>
            <td><b>{claim.Statement}</b><br>{ClaimWords.Finding(claim, Words.JoiningPlusMinus)}
            {Details(claim)}</td></tr>

            """);
    }

    internal static Fragment Details(Claim claim)
    {
        var methods = string.Join("; ", claim.Evidence.Select(evidence => ClaimWords.Of(evidence.Test.Method)).Distinct());
        var unit = claim.Metric.IsFraction ? "in %, differences in points" : claim.Metric.Title;
        return Fragment.Of(
            $"""
            <details><summary>{Words.Count(claim.Evidence.Count, "comparison")}</summary>
            <table class="evidence">
            <caption>{claim.Metric.Title}, {unit}; {claim.Metric.Direction}. Test: {methods}.</caption>
            <thead><tr><th scope="col">Model</th><th scope="col">against</th><th scope="col">Difference</th><th scope="col">p</th></tr></thead>
            <tbody>
            {claim.Evidence.Select(evidence => Line(claim, evidence)).Join()}</tbody>
            </table></details>
            """);
    }

    private static Fragment Line(Claim claim, Evidence evidence)
    {
        var metric = claim.Metric;
        Fragment Model(NamedScore model) => Fragment.Of($"{model.Name} <span class=\"value\">{metric.Format(model.Score.Value)}</span>");
        var error = Words.JoiningPlusMinus + metric.Format(evidence.Test.StandardError);
        return Fragment.Of(
            $"""
            <tr><td>{Model(evidence.First)}</td><td>{Model(evidence.Second)}</td>
            <td>{metric.FormatDifference(evidence.Difference)}{error}</td><td>{ClaimWords.BareP(evidence.Test.P)}</td></tr>

            """);
    }
}
