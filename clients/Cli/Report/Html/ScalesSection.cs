namespace Graft.Cli.Report.Html;

/// <summary>The matrix at other scales and with vectors of earlier steps: curves by base, and each matrix to unfold.</summary>
internal sealed class ScalesSection(string id, string name, TaskResults task)
{
    private readonly Metric _metric = Metric.Of(task.Metric);

    public Fragment Render() => task.Slices.Count == 0 ? Fragment.Empty : Fragment.Join([Sweep(), Steps(), Matrices()]);

    private Fragment Sweep()
    {
        var slices = task.Slices.Where(slice => slice.VectorStep == 0).Append(new MatrixSlice(1, 0, task.Merge)).ToList();
        return slices.Count < 2 ? Fragment.Empty : Charts(
            "Sweep of the scale",
            "Scale 0 is the pretrained checkpoint, scale 1 the merge of the matrix above.",
            "scale", "scale",
            at => task.Pt.GetValueOrDefault(at),
            slices.Select(slice => (slice.Scale, slice.Merge)));
    }

    private Fragment Steps()
    {
        var last = task.Ft.Values.SelectMany(curve => curve).Max(point => point.Step) ?? 0;
        var slices = task.Slices.Where(slice => slice is { VectorStep: > 0, Scale: 1 }).Select(slice => ((double)slice.VectorStep, slice.Merge)).ToList();
        return slices.Count == 0 ? Fragment.Empty : Charts(
            "Vectors of earlier steps of the fine-tuning",
            "Step 0 is the pretrained checkpoint; merges at scale 1.",
            "step", "step of the vector",
            at => task.Pt.GetValueOrDefault(at),
            last > 0 && task.Merge.Count > 0 ? slices.Append((last, task.Merge)) : slices);
    }

    private Fragment Charts(
        string title, string note, string kind, string horizontal, Func<string, Score?> atZero,
        IEnumerable<(double X, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Score>> Merge)> slices)
    {
        var all = slices.OrderBy(slice => slice.X).ToList();
        var charts = task.Trajectory.Select(at => (At: at, Series: Series(at, atZero(at), all))).Where(chart => chart.Series.Count > 0).ToList();
        var legend = charts.SelectMany(chart => chart.Series).DistinctBy(series => series.Label).Select(series => (series.Mark, series.Label));
        var figures = charts.Select((chart, index) => Fragment.Of(
            $"""
            <figure><figcaption>{chart.At}</figcaption>
            {XYChart.Render($"{id}-{kind}-{index}", $"{name}: {chart.At} over the {horizontal}", _metric, horizontal, chart.Series)}</figure>

            """));
        return Fragment.Of(
            $"""
            <h3>{title}</h3>
            <p>{note} Bands are one standard error.</p>
            {Legend.Render(legend)}<div class="charts">
            {figures.Join()}</div>

            """);
    }

    private List<XYSeries> Series(
        string at, Score? zero, IReadOnlyList<(double X, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Score>> Merge)> slices)
    {
        List<XYSeries> series = [];
        foreach (var source in task.Trajectory)
        {
            var points = slices.Select(slice => (slice.X, Score: slice.Merge.GetValueOrDefault(at)?.GetValueOrDefault(source)))
                .Where(point => point.Score is not null).Select(point => (point.X, point.Score!.Value, point.Score.StandardError)).ToList();
            if (points.Count > 0)
            {
                (double, double, double)[] all = zero is null || points.Any(point => point.X == 0)
                    ? [.. points]
                    : [.. points.Append((0, zero.Value, zero.StandardError)).OrderBy(point => point.Item1)];
                series.Add(new XYSeries($"vector of {source}", Mark.Source(Order.In(task.Trajectory, source)), all));
            }
        }

        return series;
    }

    private Fragment Matrices() => task.Slices.Select(slice =>
    {
        var title = $"Matrix at scale {slice.Scale:0.###}" + (slice.VectorStep > 0 ? $", vectors of step {slice.VectorStep}" : "");
        return Fragment.Of(
            $"""
            <details><summary>{title}</summary>
            {new Heatmap($"{name}, {title}", task with { Merge = slice.Merge }).Render()}</details>

            """);
    }).Join();
}
