using Graft.Cli.Report.Tables;
using Spectre.Console;

namespace Graft.Cli.Report.Geometry;

/// <summary>A comparison on the terminal: the artifacts, every two of them, and the cosines by layer.</summary>
internal static class ComparisonTable
{
    // More columns than this fit on no terminal; the file has them all.
    private const int MaxPairs = 6;

    public static void Write(IAnsiConsole console, WeightComparison comparison)
    {
        var zeros = comparison.IsOfVectors ? "unchanged" : "zero";
        var artifacts = new TextGrid(["artifact", "norm", zeros]);
        for (var i = 0; i < comparison.Names.Count; i++)
        {
            artifacts.AddRow([Markup.Escape(comparison.Names[i]), Norm(comparison.Total.Norms[i]), Percent(comparison.Total.Zeros[i])]);
        }

        artifacts.Write(console);
        var pairs = new TextGrid(["pair", "cosine", "distance", "same sign", "equal"]);
        foreach (var pair in comparison.Total.Pairs)
        {
            pairs.AddRow(
            [
                Markup.Escape(comparison.Title(pair)), Cosine(pair.Cosine), Norm(pair.Distance), Percent(pair.SignAgreement), Percent(pair.Equal),
            ]);
        }

        pairs.Write(console);
        WriteLayers(console, comparison);
    }

    internal static string Cosine(double? value) => value is { } cosine ? cosine.ToString("0.0000") : "-";

    internal static string Percent(double? value) => value is { } part ? $"{100 * part:0.0}%" : "-";

    internal static string Norm(double? value) => value is { } norm ? norm.ToString("G4") : "-";

    private static void WriteLayers(IAnsiConsole console, WeightComparison comparison)
    {
        var shown = comparison.Total.Pairs.Take(MaxPairs).ToList();
        string[] header = shown.Count == 1
            ? ["layer", "weights", .. comparison.Names.Select(name => $"norm {Markup.Escape(name)}"), "cosine", "same sign", "equal"]
            : ["layer", "weights", .. shown.Select(pair => $"cosine {pair.First + 1}, {pair.Second + 1}")];
        var layers = new TextGrid(header);
        foreach (var layer in comparison.Layers)
        {
            var pairs = layer.Pairs.Take(MaxPairs).ToList();
            layers.AddRow(
            [
                Markup.Escape(layer.Name),
                $"{layer.Elements:N0}",
                .. shown.Count == 1
                    ? [.. layer.Norms.Select(Norm), Cosine(pairs[0].Cosine), Percent(pairs[0].SignAgreement), Percent(pairs[0].Equal)]
                    : pairs.Select(pair => Cosine(pair.Cosine)),
            ]);
        }

        layers.Write(console);
    }
}
