namespace Graft.Cli.Report.Html;

/// <summary>Size, scales, grid and labels of a chart; what it shows is drawn by others. Coordinates are those of a box of 340 by 280.</summary>
internal sealed class ChartFrame(Metric metric, Axis vertical)
{
    internal const double Width = 340;
    internal const double Height = 280;
    internal const double Left = 44;
    internal const double Right = 330;
    internal const double Top = 14;
    internal const double Bottom = 238;

    public Metric Metric => metric;

    public double Y(double value) => Bottom - vertical.Share(value) * (Bottom - Top);

    /// <summary>The chart as one picture with a name.</summary>
    /// <param name="id">Unique in the page.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="horizontalLabels">Positions and texts below the horizontal axis.</param>
    /// <param name="horizontalTitle">What is along the horizontal axis.</param>
    /// <param name="content">The drawing.</param>
    public Fragment Render(
        string id, string title, IEnumerable<(double X, string Text)> horizontalLabels, string horizontalTitle, Fragment content) => Fragment.Of(
        $"""
        <svg class="chart" role="img" aria-labelledby="{id}" viewBox="0 0 {Width} {Height}">
        <title id="{id}">{title}</title>
        {Grid()}
        {horizontalLabels.Select(label => Text(label.X, Bottom + 16, "middle", label.Text)).Join()}
        {Text((Left + Right) / 2, Height - 6, "middle", horizontalTitle)}
        {content}
        </svg>

        """);

    private Fragment Grid() => vertical.Ticks.Select(tick => Fragment.Of(
        $"<path class=\"grid\" d=\"M{Left} {Y(tick)}H{Right}\"/>{Text(Left - 6, Y(tick) + 4, "end", Label(tick))}")).Join();

    private static Fragment Text(double x, double y, string anchor, string text) =>
        Fragment.Of($"<text class=\"tick\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");

    private string Label(double tick) => metric.IsFraction
        ? (100 * tick).ToString("0.#") + "%"
        : tick.ToString(vertical.Step < 0.1 ? "0.00" : "0.0");
}
