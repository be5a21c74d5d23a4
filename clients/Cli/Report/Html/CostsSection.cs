namespace Graft.Cli.Report.Html;

/// <summary>What the run cost by kind of step, and what the cache saved.</summary>
internal static class CostsSection
{
    public static Fragment Render(RunFacts? run)
    {
        if (run is not { Steps.Count: > 0 })
        {
            return Fragment.Empty;
        }

        var costs = RunCosts.Of(run);
        var rows = costs.Kinds.Append(costs.Total).Select(Row);
        var unknown = costs.Total.UnknownHits > 0
            ? Fragment.Of($"<p class=\"note\">Of {Words.Count(costs.Total.UnknownHits, "hit")} no run tells the time: the savings are at least what is shown.</p>")
            : Fragment.Empty;
        return Fragment.Of(
            $"""
            <section aria-labelledby="costs">
            <h2 id="costs">Costs</h2>
            <div class="scroll" role="region" tabindex="0" aria-label="Costs by kind of step">
            <table class="numbers">
            <caption>Time of jobs on their workers: seconds of one GPU each where a worker has one, else of its processors. Saved is what the jobs behind
            the hits took in the run that did them. Stored counts each artifact with all its contents; what two share is counted twice.</caption>
            <thead><tr><th scope="col">Kind of step</th><th scope="col">Steps</th><th scope="col">Done here</th><th scope="col">Time of jobs</th>
            <th scope="col">Hits</th><th scope="col">Saved</th><th scope="col">Stored</th></tr></thead>
            <tbody>
            {rows.Join()}</tbody></table></div>
            {unknown}
            </section>

            """);
    }

    private static Fragment Row(KindCost cost) => Fragment.Of(
        $"""
        <tr><th scope="row">{cost.Kind}</th><td>{cost.Steps}</td><td>{cost.Done}</td><td>{Words.Duration(cost.Time)}</td>
        <td>{cost.Hits}</td><td>{Words.Duration(cost.Saved)}</td><td>{(cost.Bytes is { } bytes ? Sizes.Text(bytes) : "\u2013")}</td></tr>

        """);
}
