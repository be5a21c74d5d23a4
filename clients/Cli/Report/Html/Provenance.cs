namespace Graft.Cli.Report.Html;

/// <summary>Where the numbers come from: how the study was started, and the digest of every model.</summary>
internal static class Provenance
{
    public static Fragment Render(Results results)
    {
        var models = results.Checkpoints.Select(model => Fragment.Of(
            $"<tr><th scope=\"row\">{model.Key}</th><td><code>{model.Value.ToString()}</code></td></tr>\n"));
        return Fragment.Of(
            $"""
            <section aria-labelledby="provenance">
            <h2 id="provenance">Provenance</h2>
            <dl><dt>Preset or spec</dt><dd>{results.Study.Preset}</dd><dt>Seed</dt><dd>{results.Study.Seed}</dd>
            <dt>Wall time</dt><dd>{Words.Duration(results.Study.Wall)}</dd></dl>
            {results.Tasks.Select(task => ScoreTable.Render(task.Key, task.Value)).Join()}
            {ProvenanceTable.Render(results)}
            <details open class="print"><summary>Digests of the models</summary>
            <table class="digests"><thead><tr><th scope="col">Model</th><th scope="col">SHA-256 of its manifest: graft show</th></tr></thead>
            <tbody>
            {models.Join()}</tbody></table></details>
            </section>

            """);
    }
}
