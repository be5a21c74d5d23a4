using System.Text;

namespace Graft.Cli.Report.Html;

/// <summary>A curve over training steps.</summary>
/// <param name="Label">What it is, for the hover text of its points.</param>
/// <param name="Mark">How it looks.</param>
/// <param name="Points">Ascending steps, at least one.</param>
internal sealed record Series(string Label, Mark Mark, IReadOnlyList<(int Step, Score Score)> Points);

/// <summary>Curves over training steps with a band of one standard error.</summary>
internal static class LineChart
{
    public static Fragment Render(string id, string title, Metric metric, Axis vertical, IReadOnlyList<Series> series)
    {
        var frame = new ChartFrame(metric, vertical);
        int[] steps = [.. series.SelectMany(one => one.Points).Select(point => point.Step).Distinct().Order()];
        var last = Math.Max(1, steps[^1]);
        double X(int step) => ChartFrame.Left + 8 + (ChartFrame.Right - ChartFrame.Left - 16) * step / last;

        var bands = series.Select(one => Band(frame, one, X)).Join();
        var lines = series.Select(one => Line(frame, one, X)).Join();
        return frame.Render(id, title, Labels(steps).Select(step => (X(step), step.ToString())), "training steps", Fragment.Join([bands, lines]));
    }

    /// <summary>About eight labels at most, the last step among them.</summary>
    private static IEnumerable<int> Labels(int[] steps)
    {
        var every = (steps.Length + 7) / 8;
        return steps.Where((_, index) => (steps.Length - 1 - index) % every == 0);
    }

    private static Fragment Band(ChartFrame frame, Series series, Func<int, double> x)
    {
        var upper = series.Points.Select(point => (x(point.Step), frame.Y(point.Score.Value + point.Score.StandardError)));
        var lower = series.Points.Reverse().Select(point => (x(point.Step), frame.Y(point.Score.Value - point.Score.StandardError)));
        return Fragment.Of($"<path class=\"band {series.Mark.Class}\" d=\"{Path(upper.Concat(lower))}z\"/>");
    }

    private static Fragment Line(ChartFrame frame, Series series, Func<int, double> x)
    {
        var path = Path(series.Points.Select(point => (x(point.Step), frame.Y(point.Score.Value))));
        var marks = series.Points.Select(point => series.Mark.Draw(
            x(point.Step), frame.Y(point.Score.Value), $"{series.Label}, step {point.Step}: {Words.Value(frame.Metric, point.Score)}"));
        return Fragment.Of($"<path class=\"line {series.Mark.Class}\" d=\"{path}\"/>{marks.Join()}\n");
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
