namespace Graft.Cli.Report.Html;

/// <summary>At the top of a report whose run is not complete: how far it is, and why what failed did.</summary>
internal static class StatusSection
{
    // The rest is in the table of all steps.
    private const int MaxShown = 20;

    public static Fragment Render(Results results)
    {
        if (results.Run is not { } run || run.State == V1.RunState.Succeeded)
        {
            return Fragment.Empty;
        }

        var failed = run.Failed.ToList();
        var reasons = failed.Take(MaxShown).Select(step => Fragment.Of($"<li><code>{step.Id}</code>: {step.Error ?? "no reason given"}</li>\n"));
        var more = failed.Count > MaxShown ? Fragment.Of($"<p>{failed.Count - MaxShown} more failed: see all steps below.</p>") : Fragment.Empty;
        var list = failed.Count > 0 ? Fragment.Of($"<ul>\n{reasons.Join()}</ul>{more}") : Fragment.Empty;
        return Fragment.Of(
            $"""
            <section class="trouble" aria-labelledby="status">
            <h2 id="status">This run is not complete</h2>
            <p>Run {run.Id} {run.StateInWords}. What follows is what there is.</p>
            {list}
            </section>

            """);
    }
}
