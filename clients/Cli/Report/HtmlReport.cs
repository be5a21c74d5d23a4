using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Geometry;
using Graft.Cli.Report.Html;
using Graft.Cli.Report.Predicates;
using Graft.Cli.Report.Published;

namespace Graft.Cli.Report;

/// <summary>The report of a study as one HTML page that needs nothing else: no network, no script.</summary>
internal static class HtmlReport
{
    /// <param name="results">What was measured.</param>
    /// <param name="published">The same cells of the published tables, to be laid beside; null to leave them out.</param>
    public static string Render(Results results, PublishedComparison? published = null)
    {
        var predicates = StudyPredicates.Of(results);
        var claims = StudyClaims.Of(results);
        var title = $"Graft study: {results.Study.Preset}";
        var checkpoints = results.Tasks.Values.SelectMany(task => task.Trajectory).Distinct().Count();
        return Fragment.Of(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>
            {Fragment.Verbatim(ReportStyle.Css)}
            </style>
            </head>
            <body>
            <header>
            <h1>{title}</h1>
            <p>Can a fine-tuning done at one checkpoint of a model be carried over to another by adding its change of the weights,
            <span class="value">M<sub>j</sub> + (FT<sub>i</sub> &minus; M<sub>i</sub>)</span>, instead of being done again?</p>
            <p class="note">{Origin(results)}{Words.Count(checkpoints, "checkpoint")}, {Words.Count(results.Tasks.Count, "task")}{Wall(results)}.</p>
            </header>
            <main>
            {StatusSection.Render(results)}{Headline.Render(results, predicates, claims)}{PredicatesSection.Render(results, predicates)}
            {ClaimsSection.Render(results, claims)}{PublishedSection.Render(published)}{Tasks(results)}{Geometry(results)}
            {CostsSection.Render(results.Run)}{Provenance.Render(results)}</main>
            </body>
            </html>

            """).ToString();
    }

    private static string Origin(Results results) => results.Source is null ? $"Seed {results.Study.Seed}, " : $"{results.Source} ";

    private static string Wall(Results results) => results.Source is null ? $", {Words.Duration(results.Study.Wall)}" : "";

    private static Fragment Geometry(Results results) =>
        results.Geometry.Select((comparison, index) => ComparisonPage.Section(comparison, $"geometry-{index}")).Join();

    private static Fragment Tasks(Results results) =>
        results.Tasks.Select((task, index) => new TaskSection($"task-{index}", task.Key, task.Value).Render()).Join();
}
