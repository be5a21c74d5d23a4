using Graft.Cli.Report.Html;

namespace Graft.Cli.Report.Geometry;

/// <summary>A comparison as one HTML page that needs nothing else, and as a section of another.</summary>
internal static class ComparisonPage
{
    public static string Render(WeightComparison comparison)
    {
        var title = $"Comparison of {string.Join(", ", comparison.Names)}";
        return Fragment.Of(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>
            {Fragment.Verbatim(ReportStyle.Css)}
            </style>
            </head>
            <body>
            <header><h1>{title}</h1></header>
            <main>
            {Section(comparison, "comparison")}</main>
            </body>
            </html>

            """).ToString();
    }

    /// <param name="comparison">What is shown.</param>
    /// <param name="id">Unique in the page.</param>
    public static Fragment Section(WeightComparison comparison, string id)
    {
        var numbered = comparison.Layers.Where(layer => char.IsAsciiDigit(layer.Name[^1])).ToList();
        return Fragment.Of(
            $"""
            <section aria-labelledby="{id}">
            <h2 id="{id}">Geometry of the {(comparison.IsOfVectors ? "diff vectors" : "weights")}</h2>
            <p>{Words.Count(comparison.Names.Count, comparison.IsOfVectors ? "vector" : "checkpoint")} of
            {comparison.Total.Elements.ToString("N0")} weights. Cosine is that of the angle between two; the same sign counts among the weights
            that are zero in neither.</p>
            {Norms(comparison)}{Pairs(comparison)}{Charts(comparison, id, numbered)}{Layers(comparison)}
            </section>

            """);
    }

    private static Fragment Norms(WeightComparison comparison)
    {
        var rows = comparison.Names.Select((name, i) => Fragment.Of(
            $"""
            <tr><th scope="row">{name}</th><td>{ComparisonTable.Norm(comparison.Total.Norms[i])}</td>
            <td>{ComparisonTable.Percent(comparison.Total.Zeros[i])}</td></tr>

            """));
        return Fragment.Of(
            $"""
            <div class="scroll" role="region" tabindex="0" aria-label="Norms of {string.Join(", ", comparison.Names)}">
            <table class="numbers">
            <thead><tr><th scope="col">{(comparison.IsOfVectors ? "Vector" : "Checkpoint")}</th><th scope="col">Norm</th>
            <th scope="col">{(comparison.IsOfVectors ? "Unchanged weights" : "Zeros")}</th></tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div>

            """);
    }

    private static Fragment Charts(WeightComparison comparison, string id, List<PartGeometry> layers)
    {
        if (layers.Count == 0)
        {
            return Fragment.Empty;
        }

        var pairs = Legend.Render(comparison.Total.Pairs.Select((pair, i) => (Mark.Source(i), comparison.Title(pair))));
        var names = Legend.Render(comparison.Names.Select((name, i) => (Mark.Source(i), name)));
        return Fragment.Of(
            $"""
            <h3>By layer: how two lie to each other</h3>
            {pairs}<div class="charts">
            <figure><figcaption>Cosine</figcaption>
            {LayerChart.OfPairs($"{id}-cosines", "cosine", comparison, layers, pair => pair.Cosine)}</figure>
            <figure><figcaption>Part with the same sign</figcaption>
            {LayerChart.OfPairs($"{id}-signs", "part with the same sign", comparison, layers, pair => pair.SignAgreement)}</figure>
            <figure><figcaption>Distance</figcaption>
            {LayerChart.OfPairs($"{id}-distances", "distance", comparison, layers, pair => pair.Distance)}</figure></div>
            <h3>By layer: norms</h3>
            {names}<figure><figcaption>Norm</figcaption>
            {LayerChart.OfNorms($"{id}-norms", comparison, layers)}</figure>

            """);
    }

    private static Fragment Pairs(WeightComparison comparison)
    {
        var rows = comparison.Total.Pairs.Select(pair => Fragment.Of(
            $"""
            <tr><th scope="row">{comparison.Title(pair)}</th><td>{ComparisonTable.Cosine(pair.Cosine)}</td>
            <td>{ComparisonTable.Norm(pair.Distance)}</td><td>{ComparisonTable.Percent(pair.SignAgreement)}</td><td>{ComparisonTable.Percent(pair.Equal)}</td></tr>

            """));
        return Fragment.Of(
            $"""
            <div class="scroll" role="region" tabindex="0" aria-label="Pairs of {string.Join(", ", comparison.Names)}">
            <table class="numbers">
            <thead><tr><th scope="col">Pair</th><th scope="col">Cosine</th>
            <th scope="col">Distance</th><th scope="col">Same sign</th><th scope="col">Equal</th></tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div>

            """);
    }

    private static Fragment Layers(WeightComparison comparison)
    {
        var header = comparison.Total.Pairs.Select(pair => Fragment.Of($"<th scope=\"col\">{comparison.Title(pair)}</th>"));
        var rows = comparison.Layers.Select(layer => Fragment.Of(
            $"""
            <tr><th scope="row">{layer.Name}</th><td>{layer.Elements.ToString("N0")}</td>
            {layer.Pairs.Select(pair => Fragment.Of($"<td>{ComparisonTable.Cosine(pair.Cosine)}</td>")).Join()}</tr>

            """));
        return Fragment.Of(
            $"""
            <details><summary>All cosines by layer</summary>
            <div class="scroll" role="region" tabindex="0" aria-label="Cosines by layer of {string.Join(", ", comparison.Names)}">
            <table class="numbers">
            <thead><tr><th scope="col">Layer</th><th scope="col">Weights</th>{header.Join()}</tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div></details>
            """);
    }
}
