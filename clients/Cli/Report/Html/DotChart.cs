namespace Graft.Cli.Report.Html;

/// <summary>One dot of a group.</summary>
internal sealed record Dot(string Label, Mark Mark, Score Score);

/// <summary>Groups of scores side by side, each a dot with whiskers of one standard error.</summary>
internal static class DotChart
{
    public static Fragment Render(
        string id, string title, Metric metric, Axis vertical, string groupTitle, IReadOnlyList<(string Name, IReadOnlyList<Dot> Dots)> groups)
    {
        var frame = new ChartFrame(metric, vertical);
        var width = (ChartFrame.Right - ChartFrame.Left) / groups.Count;
        double Middle(int group) => ChartFrame.Left + width * (group + 0.5);

        double Place(int group, int dot)
        {
            var count = groups[group].Dots.Count;
            return Middle(group) + (dot - (count - 1) / 2.0) * Math.Min(13, width / (count + 1));
        }

        var dots = groups.SelectMany((group, index) => group.Dots.Select((dot, place) => Draw(frame, dot, Place(index, place), group.Name)));
        return frame.Render(id, title, groups.Select((group, index) => (Middle(index), group.Name)), groupTitle, dots.Join());
    }

    private static Fragment Draw(ChartFrame frame, Dot dot, double x, string group)
    {
        var low = frame.Y(dot.Score.Value - dot.Score.StandardError);
        var high = frame.Y(dot.Score.Value + dot.Score.StandardError);
        var mark = dot.Mark.Draw(x, frame.Y(dot.Score.Value), $"{group}, {dot.Label}: {Words.Value(frame.Metric, dot.Score)}");
        return Fragment.Of($"<path class=\"whisker {dot.Mark.Class}\" d=\"M{x} {low}V{high}\"/>{mark}\n");
    }
}
