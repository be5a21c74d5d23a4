namespace Graft.Cli.Report.Html;

/// <summary>The matrix of one task as a table whose cells are coloured by how far they are from their base's pretrained score.</summary>
internal sealed class Heatmap(string name, TaskResults task)
{
    private readonly Metric _metric = Metric.Of(task.Metric);
    private readonly double _range = Range(task);

    public Fragment Render()
    {
        var columns = task.Trajectory;
        var sources = columns.Where(source => task.Merge.Values.Any(column => column.ContainsKey(source)));
        return Fragment.Of(
            $"""
            <div class="scroll" role="region" tabindex="0" aria-label="Matrix of {name}">
            <table class="heat">
            <caption>Row: source of the vector. Column: base it is added to. &#9733; marks the best vector of each column.</caption>
            <thead><tr><td></td>{columns.Select(column => Fragment.Of($"<th scope=\"col\">{column}</th>")).Join()}</tr></thead>
            <tbody class="reference">
            {Row("PT", "pretrained", columns, column => task.Pt.GetValueOrDefault(column))}
            {Row("FT", "fine-tuned", columns, task.Tuned)}
            </tbody>
            <tbody>
            {sources.Select(source => VectorRow(source, columns)).Join()}
            </tbody>
            </table>
            </div>
            {Scale()}
            """);
    }

    private Fragment Row(string label, string kind, IReadOnlyList<string> columns, Func<string, Score?> score)
    {
        var cells = columns.Select(column => Cell(score(column), column, $"{column} {kind}", best: false));
        return Fragment.Of($"<tr><th scope=\"row\">{label}</th>{cells.Join()}</tr>\n");
    }

    private Fragment VectorRow(string source, IReadOnlyList<string> columns)
    {
        var cells = columns.Select(column =>
        {
            var best = task.Merge.TryGetValue(column, out var scores) && _metric.Best(scores).Contains(source);
            return Cell(task.Merged(column, source), column, $"{column} + vector of {source}", best);
        });
        return Fragment.Of($"<tr><th scope=\"row\">{source}</th>{cells.Join()}</tr>\n");
    }

    private Fragment Cell(Score? score, string column, string what, bool best)
    {
        if (score is null)
        {
            return Fragment.Of($"<td class=\"none\">&ndash;</td>");
        }

        var gain = task.Pt.TryGetValue(column, out var pretrained) ? _metric.Gain(score.Value, pretrained.Value) : 0;
        var share = _range > 0 ? gain / _range : 0;
        var star = best
            ? Fragment.Verbatim("<span class=\"star\" aria-hidden=\"true\">&#9733;</span><span class=\"unseen\">best </span>")
            : Fragment.Empty;
        return Fragment.Of(
            $"""
            <td style="{Colors(share)}" title="{Title(score, column, what)}">
            {star}{Words.Cell(_metric, score)}</td>
            """);
    }

    private string Title(Score score, string column, string what)
    {
        var text = $"{what}: {Words.Value(_metric, score)} (95%: {Words.Interval(_metric, score)})";
        text += Against("PT", task.Pt.GetValueOrDefault(column));
        return text + Against("FT", task.Tuned(column));

        string Against(string reference, Score? other) => other is null || other.Evaluation == score.Evaluation
            ? ""
            : $"; {_metric.FormatDifference(score.Value - other.Value)} against {reference}";
    }

    private static string Colors(double share) => $"--light:{HeatColor.Of(share, dark: false)};--dark:{HeatColor.Of(share, dark: true)}";

    private Fragment Scale()
    {
        var steps = Enumerable.Range(-4, 9).Select(step => Fragment.Of($"<span style=\"{Colors(step / 4.0)}\"></span>"));
        return Fragment.Of(
            $"""
            <p class="scale">Against its own base, pretrained: {_metric.Format(_range)}{_metric.DifferenceUnit} worse
            <span class="ramp" aria-hidden="true">{steps.Join()}</span> {_metric.Format(_range)}{_metric.DifferenceUnit} better</p>

            """);
    }

    /// <summary>The largest distance from a base's pretrained score; 0 when there is none.</summary>
    private static double Range(TaskResults task)
    {
        var cells = task.Merge.SelectMany(column => column.Value.Values.Select(score => (column.Key, score)))
            .Concat(task.Ft.Select(column => (column.Key, score: column.Value[^1].Score)));
        return cells.Select(cell => task.Pt.TryGetValue(cell.Key, out var pretrained) ? Math.Abs(cell.score.Value - pretrained.Value) : 0)
            .DefaultIfEmpty().Max();
    }
}
