using System.Text;
using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Html;
using Graft.Cli.Report.Predicates;
using Graft.Cli.Report.Published;

namespace Graft.Cli.Report;

/// <summary>The tables of a study in Markdown, for a README or an issue.</summary>
internal static class ResultsMarkdown
{
    public static string Write(Results results, PublishedComparison? published = null)
    {
        var text = new MarkdownText();
        text.Line($"# Graft study: {results.Study.Preset}");
        if (results.Run is { } run && run.State != V1.RunState.Succeeded)
        {
            text.Line($"Run {run.Id} {run.StateInWords}.");
            text.List(run.Failed.Select(step => $"`{step.Id}`: {step.Error}"));
        }

        WritePredicates(text, StudyPredicates.Of(results));
        WriteClaims(text, StudyClaims.Of(results));
        WritePublished(text, published);
        foreach (var (name, task) in results.Tasks)
        {
            new TaskMarkdown(name, task).Write(text);
        }

        WriteCosts(text, results.Run);
        return text.ToString();
    }

    private static void WritePredicates(MarkdownText text, IReadOnlyList<Predicate> predicates)
    {
        if (predicates.Count == 0)
        {
            return;
        }

        text.Line("## Findings A1 to A8");
        text.Table(["", "finding", "verdict", "true of the numbers", "parts"], predicates.Select(predicate => (IReadOnlyList<string>)
        [
            predicate.Id,
            predicate.Title,
            PredicateWords.Of(predicate.Verdict),
            predicate.IsTrueOfScores switch { true => "yes", false => "no", null => "" },
            string.Join("; ", predicate.Parts.Select(Part).Concat(predicate.Missing.Select(reason => $"not applicable, because {reason}"))),
        ]));
    }

    private static string Part(Claim part) =>
        $"{part.Statement} {ClaimWords.Of(part.Verdict)}: {part.Metric.FormatDifference(part.MeanGain)} {Words.PlusMinus} {part.Metric.Format(part.MeanError)}{part.Metric.DifferenceUnit}, {ClaimWords.P(part.P)}";

    private static void WriteClaims(MarkdownText text, IReadOnlyList<Claim> claims)
    {
        if (claims.Count > 0)
        {
            text.Line("## Further claims");
            text.Table(
                ["claim", "verdict", "finding"],
                claims.Select(claim => (IReadOnlyList<string>)[claim.Statement, ClaimWords.Of(claim.Verdict), ClaimWords.Finding(claim, $" {Words.PlusMinus} ")]));
        }
    }

    private static void WritePublished(MarkdownText text, PublishedComparison? published)
    {
        if (published is null)
        {
            return;
        }

        var metric = Metric.Of("exact_match");
        text.Line($"## {published.Task} beside the published tables");
        text.Line(published.IsSameTask
            ? "Correct items; p is unpaired, for there are no published items."
            : "The task is not all of GSM8K: the pattern can be compared, the scores cannot.");
        text.Table(["model", "correct here", "correct, published", "difference", "p"], published.Cells.Select(cell => (IReadOnlyList<string>)
        [
            cell.Model + (cell.Step is { } step ? $"/{step}" : ""),
            $"{cell.Own.Value * published.Items:0.#}/{published.Items}",
            cell.Published.Count is { } count ? $"{count}/1319" : "fits no count",
            metric.FormatDifference(cell.Own.Value - cell.Published.Value),
            ClaimWords.BareP(cell.P),
        ]));
    }

    private static void WriteCosts(MarkdownText text, RunFacts? run)
    {
        if (run is not { Steps.Count: > 0 })
        {
            return;
        }

        var costs = RunCosts.Of(run);
        text.Line("## Costs");
        text.Table(["kind", "steps", "done here", "time of jobs", "hits", "saved", "stored"], costs.Kinds.Append(costs.Total).Select(cost => (IReadOnlyList<string>)
        [
            cost.Kind, $"{cost.Steps}", $"{cost.Done}", Words.Duration(cost.Time), $"{cost.Hits}", Words.Duration(cost.Saved),
            cost.Bytes is { } bytes ? Sizes.Text(bytes) : "",
        ]));
    }
}

/// <summary>Markdown as it grows: blocks with an empty line between them.</summary>
internal sealed class MarkdownText
{
    private readonly StringBuilder _text = new();

    public void Line(string line) => Block([line]);

    public void List(IEnumerable<string> items) => Block([.. items.Select(item => $"- {OneLine(item)}")]);

    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows) =>
        Block([Row(head), Row([.. head.Select(_ => "---")]), .. rows.Select(Row)]);

    public override string ToString() => _text.ToString();

    private void Block(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        _text.Append(_text.Length > 0 ? "\n" : "").AppendJoin('\n', lines).Append('\n');
    }

    private static string Row(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells.Select(cell => OneLine(cell).Replace("|", "\\|", StringComparison.Ordinal)))} |";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
