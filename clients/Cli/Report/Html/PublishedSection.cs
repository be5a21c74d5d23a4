using Graft.Cli.Report.Published;

namespace Graft.Cli.Report.Html;

/// <summary>The run beside the published tables, cell by cell.</summary>
internal static class PublishedSection
{
    public static Fragment Render(PublishedComparison? comparison) => comparison is null ? Fragment.Empty : Fragment.Of(
        $"""
        <section aria-labelledby="published">
        <h2 id="published">Beside the published tables</h2>
        <p>{comparison.Task} of this run against GSM8K of OLMo 2 7B (arXiv 2503.20110 and its slides), checkpoint by checkpoint, as correct items.
        {(comparison.IsSameTask ? "" : $"This run's task is not all of GSM8K: the pattern can be compared, the scores cannot.")}
        There are no published items: p is unpaired.</p>
        <div class="scroll" role="region" tabindex="0" aria-label="Cells beside the published ones">
        <table class="numbers">
        <caption>Published percentages are truncated or rounded; the count of correct items is what they stand for. Published fine-tunings and continual
        trainings are those of step 30,000.</caption>
        <thead><tr><th scope="col">Model</th><th scope="col">Correct here</th><th scope="col">in %</th><th scope="col">Correct, published</th>
        <th scope="col">in %</th><th scope="col">Difference</th><th scope="col">p</th></tr></thead>
        <tbody>
        {comparison.Cells.Select(cell => Row(comparison, cell)).Join()}</tbody></table></div>
        </section>

        """);

    private static Fragment Row(PublishedComparison comparison, PublishedCell cell)
    {
        var metric = Metric.Of("exact_match");
        return Fragment.Of(
            $"""
            <tr><th scope="row">{cell.Model}{(cell.Step is { } step ? $"/{step}" : "")}</th>
            <td>{Count(cell.Own, comparison.Items)}</td><td>{metric.Format(cell.Own.Value)}<small>{Words.PlusMinus}{metric.Format(cell.Own.StandardError)}</small></td>
            <td>{(cell.Published.Count is { } count ? $"{count}/1319" : "fits no count")}</td><td>{metric.Format(cell.Published.Value)}<small>{Words.PlusMinus}{metric.Format(cell.Published.StandardError)}</small></td>
            <td>{metric.FormatDifference(cell.Own.Value - cell.Published.Value)}</td><td>{Claims.ClaimWords.BareP(cell.P)}</td></tr>

            """);
    }

    /// <summary>A mean over seeds is no whole number of items.</summary>
    private static string Count(Score score, int items) => $"{score.Value * items:0.#}/{items}";
}
