namespace Graft.Cli.Report.Html;

/// <summary>One task: the matrix, the curves at each checkpoint, recurrent against one step.</summary>
internal sealed class TaskSection(string id, string name, TaskResults task)
{
    private readonly Metric _metric = Metric.Of(task.Metric);
    private readonly IReadOnlyList<string> _trajectory = task.Trajectory;

    public Fragment Render() => Fragment.Of(
        $"""
        <section aria-labelledby="{id}">
        <h2 id="{id}">{name}</h2>
        <p>{_metric.Title}{(_metric.IsFraction ? " in %" : "")} over {Words.Count(task.Items, "item")}, {Words.PlusMinus} one standard error;
        {_metric.Direction}.</p>
        {Matrix()}{new ScalesSection(id, name, task).Render()}{Curves()}{Recurrent()}{new PathsSection(id, name, task).Render()}{SoupsSection.Render(name, task)}
        </section>

        """);

    private Fragment Matrix() => task.Merge.Count == 0 ? Fragment.Empty : Fragment.Of(
        $"""
        <h3>Merged, no training</h3>
        {new Heatmap(name, task).Render()}
        """);

    private Fragment Curves()
    {
        var charts = _trajectory.Select(at => (At: at, Series: SeriesAt(at)))
            .Where(chart => chart.Series.Any(series => series.Points.Count > 1)).ToList();
        if (charts.Count == 0)
        {
            return Fragment.Empty;
        }

        var shown = charts.SelectMany(chart => chart.Series).ToList();
        var axis = Axis.Around([.. shown.SelectMany(series => series.Points).SelectMany(point => Ends(point.Score))]);
        var legend = shown.DistinctBy(series => series.Label).OrderBy(series => Rank(series.Mark)).Select(series => (series.Mark, series.Label));
        var figures = charts.Select(chart => Fragment.Of(
            $"""
            <figure><figcaption>{chart.At}</figcaption>
            {LineChart.Render($"{id}-{IdOf(chart.At)}", $"{name} at {chart.At} over training steps", _metric, axis, chart.Series)}</figure>

            """));
        return Fragment.Of(
            $"""
            <h3>Fine-tuning and continual training, by checkpoint</h3>
            <p>Step 0 is the model each training starts from; bands are one standard error{OfSeeds()}.</p>
            {Legend.Render(legend)}<div class="charts">
            {figures.Join()}</div>

            """);
    }

    private string OfSeeds() => task.Ft.Values.SelectMany(curve => curve).Any(point => point.Score.Seeds.Count > 1) ? ", of items and seeds together" : "";

    private List<Series> SeriesAt(string at)
    {
        var series = new List<Series>();
        Add("fine-tuning", new Mark("ft", 0), task.Pt.GetValueOrDefault(at), task.Ft.GetValueOrDefault(at));
        foreach (var source in task.Continual.GetValueOrDefault(at)?.Keys ?? [])
        {
            var mark = Mark.Source(Order.In(_trajectory, source));
            Add($"from the vector of {source}", mark, task.Merged(at, source), task.Curve(at, source));
        }

        Add("control: fine-tuned, trained on", new Mark("control", 4, Hollow: true), task.Tuned(at), task.Control.GetValueOrDefault(at));
        return series;

        void Add(string label, Mark mark, Score? start, IReadOnlyList<StepScore>? curve)
        {
            (int, Score)[] points = [.. (curve ?? []).Where(point => point.Step > 0).Select(point => (point.Step!.Value, point.Score))];
            if (points.Length > 0)
            {
                series.Add(new Series(label, mark, start is null ? points : [(0, start), .. points]));
            }
        }
    }

    /// <summary>Fine-tuning first, then the control, then the merges by their source.</summary>
    private static int Rank(Mark mark) => mark.Class switch { "ft" => -2, "control" => -1, _ => 0 };

    private Fragment Recurrent()
    {
        var all = task.Recurrent.Keys.Select(at => (Name: at, Dots: DotsAt(at)));
        (string Name, IReadOnlyList<Dot> Dots)[] groups = [.. all.Where(group => group.Dots.Count > 0).Select(group => (group.Name, group.Dots))];
        if (groups.Length == 0)
        {
            return Fragment.Empty;
        }

        var dots = groups.SelectMany(group => group.Dots).ToList();
        var axis = Axis.Around([.. dots.SelectMany(dot => Ends(dot.Score))]);
        return Fragment.Of(
            $"""
            <h3>Recurrent merging against one step</h3>
            <p>One step adds the vector of the nearest predecessor's plain fine-tuning; recurrent merging adds the vector that has been carried and
            trained on from the first checkpoint. A recurrent model therefore holds more training than any control here.</p>
            {Legend.Render(dots.DistinctBy(dot => dot.Label).Select(dot => (dot.Mark, dot.Label)))}<div class="side">
            <figure>
            {DotChart.Render($"{id}-recurrent", $"{name}: recurrent merging against one step", _metric, axis, "base checkpoint", groups)}</figure>
            {RecurrentTable(groups)}</div>

            """);
    }

    private List<Dot> DotsAt(string at)
    {
        var dots = new List<Dot>();
        var nearest = task.Predecessor(at);
        Add("one step, no training", new Mark("s0", 0, Hollow: true), nearest is null ? null : task.Merged(at, nearest));
        Add("recurrent, no training", new Mark("s1", 2, Hollow: true), task.Recurrent[at].Merged);
        Add("one step, trained on", new Mark("s0", 0), nearest is null ? null : task.Trained(at, nearest));
        Add("recurrent, trained on", new Mark("s1", 2), task.Recurrent[at].Last);
        Add("fine-tuned", new Mark("ft", 1), task.Tuned(at));
        Add("control: fine-tuned, trained on", new Mark("control", 4, Hollow: true), task.Controlled(at));
        return dots;

        void Add(string label, Mark mark, Score? score)
        {
            if (score is not null)
            {
                dots.Add(new Dot(label, mark, score));
            }
        }
    }

    private Fragment RecurrentTable(IReadOnlyList<(string Name, IReadOnlyList<Dot> Dots)> groups)
    {
        var labels = groups.SelectMany(group => group.Dots).Select(dot => dot.Label).Distinct();
        var rows = labels.Select(label => Fragment.Of(
            $"<tr><th scope=\"row\">{label}</th>{groups.Select(group => Value(group.Dots, label)).Join()}</tr>\n"));
        return Fragment.Of(
            $"""
            <div class="scroll" role="region" tabindex="0" aria-label="Recurrent merging on {name}">
            <table class="numbers">
            <thead><tr><td></td>{groups.Select(group => Fragment.Of($"<th scope=\"col\">{group.Name}</th>")).Join()}</tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div>
            """);
    }

    private Fragment Value(IReadOnlyList<Dot> dots, string label) => dots.FirstOrDefault(dot => dot.Label == label)?.Score is { } score
        ? Fragment.Of($"<td>{Words.Cell(_metric, score)}</td>")
        : Fragment.Verbatim("<td>&ndash;</td>");

    private string IdOf(string checkpoint) => _trajectory.ToList().IndexOf(checkpoint).ToString();

    private static IEnumerable<double> Ends(Score score) => [score.Value - score.StandardError, score.Value + score.StandardError];
}
