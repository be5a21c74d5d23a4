using System.Text;
using Graft.Cli.Report.Html;

namespace Graft.Cli.Report.Geometry;

/// <summary>One quantity over the layers of a model, in their order.</summary>
internal static class LayerChart
{
    private const int MaxLabels = 12;

    /// <summary>A line for each pair.</summary>
    /// <param name="id">Unique in the page.</param>
    /// <param name="quantity">What is drawn.</param>
    /// <param name="comparison">What is shown.</param>
    /// <param name="layers">The numbered layers, at least one.</param>
    /// <param name="value">The quantity of a pair.</param>
    public static Fragment OfPairs(
        string id, string quantity, WeightComparison comparison, IReadOnlyList<PartGeometry> layers, Func<PairGeometry, double?> value) => Render(
            id, quantity, layers,
            [.. comparison.Total.Pairs.Select((pair, i) => (comparison.Title(pair), Mark.Source(i), layers.Select(layer => value(layer.Pairs[i]))))]);

    /// <summary>A line for each artifact's norm.</summary>
    public static Fragment OfNorms(string id, WeightComparison comparison, IReadOnlyList<PartGeometry> layers) => Render(
        id, "norm", layers, [.. comparison.Names.Select((name, i) => (name, Mark.Source(i), layers.Select(layer => layer.Norms[i])))]);

    private static Fragment Render(
        string id, string quantity, IReadOnlyList<PartGeometry> layers, IReadOnlyList<(string Name, Mark Mark, IEnumerable<double?> Values)> lines)
    {
        var metric = new Metric(quantity, LowerIsBetter: false, IsFraction: false);
        var frame = new ChartFrame(metric, Axis.Around([0, .. lines.SelectMany(line => line.Values).OfType<double>()]));
        double X(int layer) => ChartFrame.Left + 10 + ((ChartFrame.Right - ChartFrame.Left - 20) * layer / Math.Max(1, layers.Count - 1));

        var every = (layers.Count + MaxLabels - 1) / MaxLabels;
        var labels = Enumerable.Range(0, layers.Count).Where(layer => layer % every == 0).Select(layer => (X(layer), Number(layers[layer].Name)));
        var title = $"{char.ToUpperInvariant(quantity[0])}{quantity[1..]} by layer: {string.Join("; ", lines.Select(line => line.Name))}";
        return frame.Render(id, title, labels, "layer", lines.Select(line => Line(frame, layers, line, X)).Join());
    }

    /// <summary>"12" of "model.layers.12".</summary>
    private static string Number(string layer) => layer[(layer.LastIndexOf('.') + 1)..];

    private static Fragment Line(
        ChartFrame frame, IReadOnlyList<PartGeometry> layers, (string Name, Mark Mark, IEnumerable<double?> Values) line, Func<int, double> x)
    {
        var path = new StringBuilder();
        List<Fragment> marks = [];
        foreach (var (value, i) in line.Values.Select((value, i) => (value, i)))
        {
            if (value is { } known)
            {
                path.Append(path.Length == 0 ? 'M' : 'L').Append(x(i).ToString("0.##")).Append(' ').Append(frame.Y(known).ToString("0.##"));
                marks.Add(line.Mark.Draw(x(i), frame.Y(known), $"{layers[i].Name}, {line.Name}: {known:G4}"));
            }
        }

        return Fragment.Of($"<path class=\"line {line.Mark.Class}\" d=\"{path.ToString()}\"/>{marks.Join()}\n");
    }
}
