using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Html;

namespace Graft.Cli.Report;

/// <summary>The report of a study as one HTML page that needs nothing else: no network, no script.</summary>
internal static class HtmlReport
{
    public static string Render(Results results)
    {
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
            <p class="note">Seed {results.Study.Seed}, {Words.Count(checkpoints, "checkpoint")}, {Words.Count(results.Tasks.Count, "task")},
            {Words.Duration(results.Study.Wall)}.</p>
            </header>
            <main>
            {Headline.Render(results, claims)}{ClaimsSection.Render(results, claims)}{Tasks(results)}{Provenance.Render(results)}</main>
            </body>
            </html>

            """).ToString();
    }

    private static Fragment Tasks(Results results) =>
        results.Tasks.Select((task, index) => new TaskSection($"task-{index}", task.Key, task.Value).Render()).Join();
}
