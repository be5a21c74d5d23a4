using System.Text;

namespace Graft.Cli.Report.Html;

/// <summary>A curve over any quantity.</summary>
/// <param name="Label">What it is, for the hover text of its points.</param>
/// <param name="Mark">How it looks.</param>
/// <param name="Points">In ascending order of X, at least one, each with the half width of its band.</param>
internal sealed record XYSeries(string Label, Mark Mark, IReadOnlyList<(double X, double Y, double Error)> Points);

/// <summary>Curves over a quantity that is no number of steps: a scale, or a place on a path.</summary>
internal static class XYChart
{
    /// <param name="id">Unique in the page.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="metric">What is measured.</param>
    /// <param name="horizontal">What is along the horizontal axis.</param>
    /// <param name="series">The curves, at least one.</param>
    public static Fragment Render(string id, string title, Metric metric, string horizontal, IReadOnlyList<XYSeries> series)
    {
        var all = series.SelectMany(one => one.Points).ToList();
        var frame = new ChartFrame(metric, Axis.Around([.. all.SelectMany(point => new[] { point.Y - point.Error, point.Y + point.Error })]));
        var across = Axis.Around([.. all.Select(point => point.X)]);
        double X(double value) => ChartFrame.Left + 8 + ((ChartFrame.Right - ChartFrame.Left - 16) * across.Share(value));

        var labels = across.Ticks.Select(tick => (X(tick), tick.ToString("0.##")));
        return frame.Render(id, title, labels, horizontal, series.Select(one => Draw(frame, one, X, horizontal)).Join());
    }

    private static Fragment Draw(ChartFrame frame, XYSeries series, Func<double, double> x, string horizontal)
    {
        var upper = series.Points.Select(point => (x(point.X), frame.Y(point.Y + point.Error)));
        var lower = series.Points.Reverse().Select(point => (x(point.X), frame.Y(point.Y - point.Error)));
        var band = series.Points.Any(point => point.Error > 0)
            ? Fragment.Of($"<path class=\"band {series.Mark.Class}\" d=\"{Path(upper.Concat(lower))}z\"/>")
            : Fragment.Empty;
        var line = Path(series.Points.Select(point => (x(point.X), frame.Y(point.Y))));
        var marks = series.Points.Select(point => series.Mark.Draw(x(point.X), frame.Y(point.Y), Hover(frame.Metric, series, point, horizontal)));
        return Fragment.Of($"{band}<path class=\"line {series.Mark.Class}\" d=\"{line}\"/>{marks.Join()}\n");
    }

    private static string Hover(Metric metric, XYSeries series, (double X, double Y, double Error) point, string horizontal)
    {
        var error = point.Error > 0 ? Words.JoiningPlusMinus + metric.Format(point.Error) : "";
        return $"{series.Label}, {horizontal} {point.X:0.###}: {metric.Format(point.Y)}{error}{metric.Unit}";
    }

    private static string Path(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points)
        {
            path.Append(path.Length == 0 ? 'M' : 'L').Append(x.ToString("0.##")).Append(' ').Append(y.ToString("0.##"));
        }

        return path.ToString();
    }
}
