using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Predicates;

namespace Graft.Cli.Report.Html;

/// <summary>A1 to A8: the verdict, the effect and p of each part, what exactly is compared, and what cannot be told.</summary>
internal static class PredicatesSection
{
    public static Fragment Render(Results results, IReadOnlyList<Predicate> predicates) => predicates.Count == 0 ? Fragment.Empty : Fragment.Of(
        $"""
        <section aria-labelledby="predicates">
        <h2 id="predicates">The study&#39;s findings on {(results.Source is null ? "this run" : "its own tables")}</h2>
        <p>What the published tables show (arXiv 2503.20110), each statement judged on {results.Tasks.First().Key}.</p>
        <table class="claims">
        <thead><tr><th scope="col">Verdict</th><th scope="col">Finding, effects and tests</th></tr></thead>
        <tbody>
        {predicates.Select(Row).Join()}</tbody>
        </table>
        <p class="note">A finding holds when every part of it can be told and does at p &lt; 0.05, and fails when one part is clearly the other way (at 0.05 divided by the
        number of its comparisons). The effect of a part is the mean of its differences, positive in the claimed direction; p is that of its verdict,
        two-sided: for a part about each checkpoint the largest of its comparisons. {Tests(results)}</p>
        </section>

        """);

    private static string Tests(Results results) => results.Source is null
        ? ClaimsSection.Uncertainty(results)
        : "The published tables have no items, so no test is paired: errors are binomial, from the counts, and larger than those of a paired test. "
            + "Whether a finding is true of the plain numbers is said beside its verdict.";

    private static Fragment Row(Predicate predicate)
    {
        var (css, sign) = predicate.Verdict switch
        {
            Verdict.Held => ("held", "\u2713"),
            Verdict.DidNotHold => ("fell", "\u2717"),
            Verdict.Undecided => ("open", "?"),
            _ => ("none", "\u2013"),
        };
        var numbers = predicate.IsTrueOfScores switch
        {
            true => "true of the numbers",
            false => "not true of the numbers",
            null => "",
        };
        return Fragment.Of(
            $"""
            <tr><td><span class="verdict {css}"><span aria-hidden="true">{sign}</span> {PredicateWords.Of(predicate.Verdict)}</span><br><span class="note">{numbers}</span></td>
            <td><span class="id">{predicate.Id}</span><b>{predicate.Title}</b>
            {List(predicate)}
            <p class="note">Compared: {predicate.Meaning}</p></td></tr>

            """);
    }

    private static Fragment List(Predicate predicate)
    {
        Fragment[] items =
        [
            .. predicate.Parts.Select(Part),
            .. predicate.Missing.Select(reason => Fragment.Of($"<li class=\"note\">Not applicable{(predicate.Parts.Count > 0 ? " in part" : "")}, because {reason}.</li>\n")),
            .. predicate.Observations.Select(observed => Fragment.Of($"<li class=\"note\">{observed}</li>\n")),
        ];
        return items.Length == 0 ? Fragment.Empty : Fragment.Of($"<ul class=\"parts\">\n{items.Join()}</ul>");
    }

    private static Fragment Part(Claim part)
    {
        var margin = part.Margin > 0 ? $" within {part.Metric.Format(part.Margin)}{part.Metric.DifferenceUnit}" : "";
        return Fragment.Of(
            $"""
            <li>{part.Statement} <b>{ClaimWords.Of(part.Verdict)}</b>: effect {part.Metric.FormatDifference(part.MeanGain)}{Words.JoiningPlusMinus}{part.Metric.Format(part.MeanError)}{part.Metric.DifferenceUnit}{margin},
            {ClaimWords.P(part.P)}{ClaimsSection.Details(part)}</li>

            """);
    }
}
