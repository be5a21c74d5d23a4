namespace Graft.Cli.Report.Html;

/// <summary>Merges of several vectors beside the best single one and the base's own fine-tuning.</summary>
internal static class SoupsSection
{
    public static Fragment Render(string name, TaskResults task)
    {
        if (task.Soups.Count == 0)
        {
            return Fragment.Empty;
        }

        var metric = Metric.Of(task.Metric);
        var rows = task.Soups.Select(soup =>
        {
            var single = task.Merge.GetValueOrDefault(soup.Base);
            var best = single is { Count: > 0 } ? single.MaxBy(cell => metric.Gain(cell.Value.Value, 0)) : default;
            return Fragment.Of(
                $"""
                <tr><th scope="row">{soup.Base}</th><td>{soup.Name}</td><td>{soup.Source}</td><td>{Words.Cell(metric, soup.Score)}</td>
                {Value(metric, task.Pt.GetValueOrDefault(soup.Base))}{Value(metric, best.Value)}<td>{best.Key ?? "\u2013"}</td>{Value(metric, task.Tuned(soup.Base))}</tr>

                """);
        });
        return Fragment.Of(
            $"""
            <h3>Soups: several vectors at once</h3>
            <div class="scroll" role="region" tabindex="0" aria-label="Soups on {name}">
            <table class="numbers">
            <thead><tr><th scope="col">Base</th><th scope="col">Soup</th><th scope="col">Vectors of</th><th scope="col">Score</th>
            <th scope="col">Pretrained</th><th scope="col">Best single</th><th scope="col">of</th><th scope="col">Fine-tuned</th></tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div>

            """);
    }

    private static Fragment Value(Metric metric, Score? score) =>
        score is null ? Fragment.Verbatim("<td>&ndash;</td>") : Fragment.Of($"<td>{Words.Cell(metric, score)}</td>");
}
