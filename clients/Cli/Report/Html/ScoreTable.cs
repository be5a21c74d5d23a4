namespace Graft.Cli.Report.Html;

/// <summary>Every score of a task in one table: what the charts show, for those who cannot or would rather not look at them.</summary>
internal static class ScoreTable
{
    public static Fragment Render(string name, TaskResults task)
    {
        var metric = Metric.Of(task.Metric);
        var rows = Rows(task).ToList();
        var (counted, seeded) = (rows.Any(row => row.Score.Count is not null), rows.Any(row => row.Score.Seeds.Count > 1));
        return Fragment.Of(
            $"""
            <details class="print"><summary>All scores of {name}</summary>
            <div class="scroll" role="region" tabindex="0" aria-label="Scores of {name}">
            <table class="numbers">
            <caption>{metric.Title}{(metric.IsFraction ? " in %" : "")} {Words.PlusMinus} standard error.</caption>
            <thead><tr><th scope="col">Model</th><th scope="col">Step</th><th scope="col">Score</th>{Head("Correct", counted)}
            {Head("Deviation of seeds", seeded)}{Head("Seeds", seeded)}<th scope="col">95% interval</th><th scope="col">Evaluation</th></tr></thead>
            <tbody>
            {rows.Select(row => Row(metric, task.Items, row, counted, seeded)).Join()}</tbody>
            </table></div></details>

            """);
    }

    private static IEnumerable<(string Model, string Step, Score Score)> Rows(TaskResults task) =>
    [
        .. task.Pt.Select(at => (at.Key, "", at.Value)),
        .. task.Ft.SelectMany(at => Steps($"{at.Key}-FT", at.Value)),
        .. task.Merge.SelectMany(at => at.Value.Select(from => ($"{at.Key}+{from.Key}", "", from.Value))),
        .. task.Continual.SelectMany(at => at.Value.SelectMany(from => Steps($"{at.Key}+{from.Key}-CT", from.Value))),
        .. task.Recurrent.Where(at => at.Value.Merged is not null).Select(at => ($"{at.Key}+rec", "", at.Value.Merged!)),
        .. task.Recurrent.SelectMany(at => Steps($"{at.Key}+rec-CT", at.Value.Trained)),
        .. task.Control.SelectMany(at => Steps($"{at.Key}-FT-CT", at.Value)),
        .. task.Slices.SelectMany(slice => slice.Merge.SelectMany(at => at.Value.Select(from => (SliceName(slice, at.Key, from.Key), "", from.Value)))),
        .. task.Paths.SelectMany(path => path.Points.Select(point => ($"{path.Beginning} to {path.End} at {point.At:0.###}", "", point.Score))),
        .. task.Soups.Select(soup => ($"{soup.Base}+({soup.Source})", "", soup.Score)),
    ];

    private static string SliceName(MatrixSlice slice, string at, string from) =>
        $"{at}+{from}{(slice.Scale is 1 ? "" : $"@{slice.Scale}")}{(slice.VectorStep > 0 ? $" (vector of step {slice.VectorStep})" : "")}";

    private static IEnumerable<(string, string, Score)> Steps(string model, IEnumerable<StepScore> curve) =>
        curve.Select(point => (model, point.Key, point.Score));

    private static Fragment Head(string title, bool isShown) => isShown ? Fragment.Of($"<th scope=\"col\">{title}</th>") : Fragment.Empty;

    private static Fragment Row(Metric metric, int items, (string Model, string Step, Score Score) row, bool counted, bool seeded)
    {
        var score = row.Score;
        var count = counted ? Fragment.Of($"<td>{(score.Count is { } correct ? $"{correct}/{items}" : "")}</td>") : Fragment.Empty;
        var seeds = seeded
            ? Fragment.Of($"<td>{(score.Deviation is { } deviation ? metric.Format(deviation) : "")}</td><td>{score.Seeds.Select(seed => Seed(metric, seed)).Join()}</td>")
            : Fragment.Empty;
        return Fragment.Of(
            $"""
            <tr><th scope="row">{row.Model}</th><td>{row.Step}</td><td>{metric.Format(score.Value)} {Words.PlusMinus} {metric.Format(score.StandardError)}</td>
            {count}{seeds}<td>{Words.Interval(metric, score)}</td><td><code title="{score.Evaluation.ToString()}">{score.Evaluation.Short}</code></td></tr>

            """);
    }

    private static Fragment Seed(Metric metric, SeedScore seed) =>
        Fragment.Of($"{seed.Seed}: <span title=\"{seed.Evaluation.ToString()}\">{metric.Format(seed.Value)}</span> ");
}
