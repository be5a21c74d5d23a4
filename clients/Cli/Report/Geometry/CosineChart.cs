using System.Text;
using Graft.Cli.Report.Html;

namespace Graft.Cli.Report.Geometry;

/// <summary>Cosines of pairs over the layers of a model, in their order.</summary>
internal static class CosineChart
{
    private const int MaxLabels = 12;

    private static readonly Metric _metric = new("cosine", LowerIsBetter: false, IsFraction: false);

    /// <param name="id">Unique in the page.</param>
    /// <param name="comparison">What is shown.</param>
    /// <param name="layers">The numbered layers, at least one.</param>
    public static Fragment Render(string id, WeightComparison comparison, IReadOnlyList<PartGeometry> layers)
    {
        var axis = Axis.Around([0, 1, .. layers.SelectMany(layer => layer.Pairs).Select(pair => pair.Cosine).OfType<double>()]);
        var frame = new ChartFrame(_metric, axis);
        double X(int layer) => ChartFrame.Left + 10 + ((ChartFrame.Right - ChartFrame.Left - 20) * layer / Math.Max(1, layers.Count - 1));

        var every = (layers.Count + MaxLabels - 1) / MaxLabels;
        var labels = Enumerable.Range(0, layers.Count).Where(layer => layer % every == 0).Select(layer => (X(layer), Number(layers[layer].Name)));
        var lines = comparison.Total.Pairs.Select((_, pair) => Line(frame, comparison, layers, pair, X));
        return frame.Render(id, "Cosine by layer", labels, "layer", lines.Join());
    }

    /// <summary>"12" of "model.layers.12".</summary>
    private static string Number(string layer) => layer[(layer.LastIndexOf('.') + 1)..];

    private static Fragment Line(
        ChartFrame frame, WeightComparison comparison, IReadOnlyList<PartGeometry> layers, int pair, Func<int, double> x)
    {
        var mark = Mark.Source(pair);
        var path = new StringBuilder();
        List<Fragment> marks = [];
        for (var i = 0; i < layers.Count; i++)
        {
            var one = layers[i].Pairs[pair];
            if (one.Cosine is { } cosine)
            {
                path.Append(path.Length == 0 ? 'M' : 'L').Append(x(i).ToString("0.##")).Append(' ').Append(frame.Y(cosine).ToString("0.##"));
                marks.Add(mark.Draw(x(i), frame.Y(cosine), $"{layers[i].Name}, {comparison.Title(one)}: {ComparisonTable.Cosine(cosine)}"));
            }
        }

        return Fragment.Of($"<path class=\"line {mark.Class}\" d=\"{path.ToString()}\"/>{marks.Join()}\n");
    }
}
