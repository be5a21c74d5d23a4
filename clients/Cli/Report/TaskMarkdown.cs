using Graft.Cli.Report.Html;

namespace Graft.Cli.Report;

/// <summary>The tables of one task in Markdown.</summary>
internal sealed class TaskMarkdown(string name, TaskResults task)
{
    private readonly Metric _metric = Metric.Of(task.Metric);

    public void Write(MarkdownText text)
    {
        text.Line($"## {name}");
        text.Line($"{_metric.Title}{(_metric.IsFraction ? " in %" : "")} {Words.PlusMinus} standard error, {task.Items} items; {_metric.Direction}.");
        Pretrained(text);
        Matrix(text, "Row: source of the vector, column: base, bold: best of the column.", task.Merge);
        foreach (var slice in task.Slices)
        {
            var step = slice.VectorStep > 0 ? $", vectors of step {slice.VectorStep}" : "";
            Matrix(text, $"At scale {slice.Scale:0.###}{step}.", slice.Merge);
        }

        Continual(text);
        Recurrent(text);
        Paths(text);
        Soups(text);
    }

    private void Pretrained(MarkdownText text)
    {
        var steps = task.Ft.Values.SelectMany(curve => curve.Select(point => point.Key)).Distinct();
        IReadOnlyList<string>[] rows =
        [
            .. task.Pt.Count > 0 ? [["PT", .. task.Trajectory.Select(at => Value(task.Pt.GetValueOrDefault(at)))]] : (IReadOnlyList<string>[])[],
            .. steps.Select(step => (IReadOnlyList<string>)
            [
                $"FT {step}",
                .. task.Trajectory.Select(at => Value(task.Ft.GetValueOrDefault(at)?.FirstOrDefault(point => point.Key == step)?.Score)),
            ]),
        ];
        if (rows.Length > 0)
        {
            text.Table(["", .. task.Trajectory], rows);
        }
    }

    private void Matrix(MarkdownText text, string title, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Score>> merge)
    {
        if (merge.Count == 0)
        {
            return;
        }

        text.Line(title);
        var sources = task.Trajectory.Where(source => merge.Values.Any(column => column.ContainsKey(source)));
        text.Table(["vector", .. task.Trajectory], sources.Select(source => (IReadOnlyList<string>)
        [
            source,
            .. task.Trajectory.Select(at => merge.GetValueOrDefault(at) is { } column && column.TryGetValue(source, out var score)
                ? _metric.Best(column).Contains(source) ? $"**{Value(score)}**" : Value(score)
                : Value(null)),
        ]));
    }

    private void Continual(MarkdownText text)
    {
        if (task.Continual.Count == 0)
        {
            return;
        }

        text.Line("Continual training of a merge, last step; then the compute-matched control.");
        text.Table(["base", "from", "CT", "FT", "FT-CT"], task.Continual.SelectMany(at => at.Value.Keys.Select(source => (IReadOnlyList<string>)
        [
            at.Key, $"{at.Key}+{source}", Value(task.Trained(at.Key, source)), Value(task.Tuned(at.Key)), Value(task.Controlled(at.Key)),
        ])));
    }

    private void Recurrent(MarkdownText text)
    {
        if (task.Recurrent.Count == 0)
        {
            return;
        }

        text.Line("Recurrent against one step.");
        text.Table(["base", "one step", "recurrent", "one step, trained", "recurrent, trained"], task.Recurrent.Select(at => (IReadOnlyList<string>)
        [
            at.Key,
            Value(task.Predecessor(at.Key) is { } nearest ? task.Merged(at.Key, nearest) : null),
            Value(at.Value.Merged),
            Value(task.Predecessor(at.Key) is { } before ? task.Trained(at.Key, before) : null),
            Value(at.Value.Last),
        ]));
    }

    private void Paths(MarkdownText text)
    {
        if (task.Paths.Count == 0)
        {
            return;
        }

        text.Line("Paths; the barrier is how far a path falls below the straight line between its ends.");
        text.Table(["path", "scores", "barrier"], task.Paths.Select(path => (IReadOnlyList<string>)
        [
            $"{path.Beginning} to {path.End}",
            string.Join(", ", path.Points.Select(point => $"{point.At:0.###}: {_metric.Format(point.Score.Value)}")),
            path.Barrier(score => score.Value, _metric.LowerIsBetter) is { } barrier ? _metric.Format(barrier.Height) : "",
        ]));
    }

    private void Soups(MarkdownText text)
    {
        if (task.Soups.Count == 0)
        {
            return;
        }

        text.Line("Soups.");
        text.Table(["base", "soup", "vectors of", "score"], task.Soups.Select(soup => (IReadOnlyList<string>)[soup.Base, soup.Name, soup.Source, Value(soup.Score)]));
    }

    private string Value(Score? score) => score is null
        ? "\u2013"
        : $"{_metric.Format(score.Value)} {Words.PlusMinus}{_metric.Format(score.StandardError)}"
            + (score.Deviation is { } deviation ? $" (sd {_metric.Format(deviation)})" : "");
}
