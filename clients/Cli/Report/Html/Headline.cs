using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Predicates;

namespace Graft.Cli.Report.Html;

/// <summary>The few numbers to take away: what recycling reaches at the last checkpoint, and how many claims held.</summary>
internal static class Headline
{
    public static Fragment Render(Results results, IReadOnlyList<Predicate> predicates, IReadOnlyList<Claim> claims)
    {
        Fragment[] cards = results.Tasks.Count == 0 ? [] : [.. TaskCards(results.Tasks.First().Value), .. PredicateCard(predicates), .. ClaimCard(claims)];
        return cards.Length == 0 ? Fragment.Empty : Fragment.Of(
            $"""
            <section aria-labelledby="headline">
            <h2 id="headline">In short</h2>
            {Task(results)}
            <div class="cards">
            {cards.Join()}</div>
            </section>

            """);
    }

    private static Fragment Task(Results results)
    {
        var (name, task) = results.Tasks.First();
        var metric = Metric.Of(task.Metric);
        return Fragment.Of($"<p>Scores: {metric.Title} on <b>{name}</b>, {Words.Count(task.Items, "item")}; {metric.Direction}.</p>");
    }

    private static IEnumerable<Fragment> TaskCards(TaskResults task)
    {
        if (task.Trajectory is not [.., var nearest, var last])
        {
            return [];
        }

        var metric = Metric.Of(task.Metric);
        var recurrent = task.Recurrent.GetValueOrDefault(last);
        return
        [
            .. Card(metric, $"Fine-tuned {last}", task.Tuned(last), ("pretrained", task.Pt.GetValueOrDefault(last))),
            .. Card(metric, $"{last} + vector of {nearest}, no training", task.Merged(last, nearest), ("fine-tuned", task.Tuned(last))),
            .. Card(
                metric, $"{last} + vector of {nearest}, trained on", task.Trained(last, nearest),
                ("fine-tuned twice as long", task.Controlled(last))),
            .. Card(metric, $"{last} + recurrent vector, no training", recurrent?.Merged, ("one step", task.Merged(last, nearest))),
        ];
    }

    private static IEnumerable<Fragment> Card(Metric metric, string title, Score? score, (string Name, Score? Score) beside)
    {
        if (score is null)
        {
            return [];
        }

        var against = beside.Score is { } other
            ? Fragment.Of($"<p class=\"note\">{beside.Name}: {Words.Value(metric, other)}</p>")
            : Fragment.Empty;
        return [Fragment.Of(
            $"""
            <div class="card"><h3>{title}</h3>
            <p class="number">{metric.Format(score.Value)}{metric.Unit} <small>{Words.PlusMinus} {metric.Format(score.StandardError)}</small></p>
            {against}</div>

            """)];
    }

    private static IEnumerable<Fragment> PredicateCard(IReadOnlyList<Predicate> predicates)
    {
        if (predicates.Count == 0)
        {
            return [];
        }

        int Count(Verdict? verdict) => predicates.Count(predicate => predicate.Verdict == verdict);
        return [Fragment.Of(
            $"""
            <div class="card"><h3>The study&#39;s findings A1 to A8</h3>
            <p class="number">{Count(Verdict.Held)} <small>of {predicates.Count} hold</small></p>
            <p class="note">{Count(Verdict.DidNotHold)} fail, {Count(Verdict.Undecided)} undecided, {Count(null)} not applicable;
            {predicates.Count(predicate => predicate.IsTrueOfScores == true)} true of the plain numbers</p></div>

            """)];
    }

    private static IEnumerable<Fragment> ClaimCard(IReadOnlyList<Claim> claims)
    {
        if (claims.Count == 0)
        {
            return [];
        }

        int Count(Verdict verdict) => claims.Count(claim => claim.Verdict == verdict);
        return [Fragment.Of(
            $"""
            <div class="card"><h3>Further claims</h3>
            <p class="number">{Count(Verdict.Held)} <small>of {claims.Count} held</small></p>
            <p class="note">{Count(Verdict.DidNotHold)} did not hold, {Count(Verdict.Undecided)} undecided</p></div>

            """)];
    }
}
