namespace Graft.Cli.Report.Html;

/// <summary>Every score of a task in one table: what the charts show, for those who cannot or would rather not look at them.</summary>
internal static class ScoreTable
{
    public static Fragment Render(string name, TaskResults task)
    {
        var metric = Metric.Of(task.Metric);
        return Fragment.Of(
            $"""
            <details><summary>All scores of {name}</summary>
            <div class="scroll" role="region" tabindex="0" aria-label="Scores of {name}">
            <table class="numbers">
            <caption>{metric.Title}{(metric.IsFraction ? " in %" : "")} {Words.PlusMinus} standard error.</caption>
            <thead><tr><th scope="col">Model</th><th scope="col">Step</th><th scope="col">Score</th><th scope="col">95% interval</th>
            <th scope="col">Evaluation</th></tr></thead>
            <tbody>
            {Rows(task).Select(row => Row(metric, row.Model, row.Step, row.Score)).Join()}</tbody>
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
    ];

    private static IEnumerable<(string, string, Score)> Steps(string model, IEnumerable<StepScore> curve) =>
        curve.Select(point => (model, point.Key, point.Score));

    private static Fragment Row(Metric metric, string model, string step, Score score) => Fragment.Of(
        $"""
        <tr><th scope="row">{model}</th><td>{step}</td><td>{metric.Format(score.Value)} {Words.PlusMinus} {metric.Format(score.StandardError)}</td>
        <td>{Words.Interval(metric, score)}</td><td><code title="{score.Evaluation.ToString()}">{score.Evaluation.Short}</code></td></tr>

        """);
}
