namespace Graft.Cli.Report.Html;

/// <summary>Scores and losses on the way between two models, and how high the barrier between them is.</summary>
internal sealed class PathsSection(string id, string name, TaskResults task)
{
    private static readonly Metric _loss = Metric.Of("bits_per_byte");

    private readonly Metric _metric = Metric.Of(task.Metric);

    public Fragment Render() => task.Paths.Count == 0 ? Fragment.Empty : Fragment.Of(
        $"""
        <h3>Interpolation paths</h3>
        {Variant(InterpolationPath.Vector, "From the pretrained base to the merge",
            "Along the vector: 0 is the base, 1 the base with the whole vector.")}
        {Variant(InterpolationPath.Between, "From the base's own fine-tuning to the merge",
            "0 is the fine-tuned base, 1 the merge. Linearly connected models have no barrier between them.")}
        {Barriers()}
        """);

    private Fragment Variant(string variant, string title, string note)
    {
        var paths = task.Paths.Where(path => path.Variant == variant).ToList();
        if (paths.Count == 0)
        {
            return Fragment.Empty;
        }

        var scores = Charts(paths, variant, "score", _metric, score => score.Value, score => score.StandardError);
        var hasLosses = paths.Any(path => path.Points.Any(point => point.Score.BitsPerByte is not null));
        var losses = hasLosses ? Charts(paths, variant, "loss", _loss, score => score.BitsPerByte, _ => 0) : Fragment.Empty;
        return Fragment.Of(
            $"""
            <h4>{title}</h4>
            <p>{note} Bands are one standard error.</p>
            {Legend.Render(paths.Select(path => (MarkOf(path), $"vector of {path.Source}")).Distinct())}<div class="charts">
            {scores}{losses}</div>

            """);
    }

    private Fragment Charts(
        List<InterpolationPath> paths, string variant, string kind, Metric metric, Func<Score, double?> value, Func<Score, double> error) =>
        paths.GroupBy(path => path.Base).Select((group, index) =>
        {
            XYSeries[] series = [.. group.Select(path => new XYSeries(
                $"{path.Beginning} to {path.End}", MarkOf(path),
                [.. path.Points.Where(point => value(point.Score) is not null).Select(point => (point.At, value(point.Score)!.Value, error(point.Score)))]))
                .Where(one => one.Points.Count > 0)];
            return series.Length == 0 ? Fragment.Empty : Fragment.Of(
                $"""
                <figure><figcaption>{group.Key}: {metric.Title}</figcaption>
                {XYChart.Render($"{id}-{variant}-{kind}-{index}", $"{name}: {metric.Title} along the paths of {group.Key}, {variant}", metric, "place", series)}</figure>

                """);
        }).Join();

    private Mark MarkOf(InterpolationPath path) => Mark.Source(Order.In(task.Trajectory, path.Source));

    private Fragment Barriers()
    {
        var hasLoss = task.Paths.Any(path => path.Barrier(score => score.BitsPerByte, lowerIsBetter: true) is not null);
        var rows = task.Paths.Select(path => Fragment.Of(
            $"""
            <tr><th scope="row">{path.Beginning} to {path.End}</th>
            {Height(path.Barrier(score => score.Value, _metric.LowerIsBetter), _metric)}
            {(hasLoss ? Height(path.Barrier(score => score.BitsPerByte, lowerIsBetter: true), _loss) : Fragment.Empty)}</tr>

            """));
        var lossHead = hasLoss ? Fragment.Verbatim("<th scope=\"col\">Barrier, bits per byte</th>") : Fragment.Empty;
        return Fragment.Of(
            $"""
            <div class="scroll" role="region" tabindex="0" aria-label="Barriers on {name}">
            <table class="numbers">
            <caption>The barrier is how far the way falls below the straight line between its ends, at its worst point; from single scores, so
            about one standard error of a score is noise.</caption>
            <thead><tr><th scope="col">Path</th><th scope="col">Barrier, {_metric.Title}</th>{lossHead}</tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div>

            """);
    }

    private static Fragment Height((double Height, double At)? barrier, Metric metric) => barrier is { } known
        ? Fragment.Of($"<td>{metric.Format(known.Height)}{(known.Height > 0 ? $" at {known.At:0.###}" : "")}</td>")
        : Fragment.Verbatim("<td>&ndash;</td>");
}
