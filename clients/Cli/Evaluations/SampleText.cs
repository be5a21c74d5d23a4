using System.Text.Json.Nodes;
using Graft.Cli.Report;
using Spectre.Console;

namespace Graft.Cli.Evaluations;

/// <summary>One sample of an evaluation for people.</summary>
internal static class SampleText
{
    // The question, seldom an example before it.
    private const int ShownContext = 600;

    // Shown elsewhere, or for machines only.
    private static readonly HashSet<string> _elsewhere =
        ["doc_id", "group", "prompt", "context", "output", "choices", "correct", "metrics", "token_ids", "log_probs", "gold", "chosen", "truncated"];

    /// <param name="console">Where to.</param>
    /// <param name="sample">A line of samples.jsonl.</param>
    /// <param name="isFull">Whether contexts are shown from their beginning.</param>
    public static void Write(IAnsiConsole console, JsonObject sample, bool isFull)
    {
        console.Write(new Rule(Title(sample)) { Justification = Justify.Left });
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        if ((sample["prompt"] ?? sample["context"])?.ToString() is { } context)
        {
            Row(grid, sample["prompt"] is null ? "context" : "prompt", isFull ? context : End(context), "grey");
        }

        if (sample["output"] is { } output)
        {
            Row(grid, "output", output.ToString(), "default");
        }

        var gold = sample["gold"];
        if (sample["chosen"] is not null && sample["choices"] is JsonArray choices)
        {
            Choices(grid, choices, gold!.GetValue<int>(), sample["chosen"]!.GetValue<int>());
            gold = null;
        }

        foreach (var (name, value) in sample.Where(fact => !_elsewhere.Contains(fact.Key)))
        {
            Row(grid, name.Replace('_', ' '), value?.ToString() ?? "(nothing)", "default");
        }

        if (gold is not null && sample["output"] is not null)
        {
            Row(grid, "gold", gold.ToString(), "default");
        }

        console.Write(grid);
        console.WriteLine();
    }

    private static string Title(JsonObject sample)
    {
        var verdict = sample["correct"] is JsonValue correct ? correct.GetValue<bool>() ? "[green]right[/]  " : "[red]wrong[/]  " : "";
        var metrics = sample["metrics"] is JsonObject values
            ? string.Join("  ", values.Select(metric => $"{metric.Key} {Metric.Of(metric.Key).Format(metric.Value!.GetValue<double>())}"))
            : "";
        var group = sample["group"] is { } name ? $"{name}  " : "";
        var cut = sample["truncated"] is null ? "" : "  context cut";
        return $"{sample["doc_id"]}  {verdict}{Markup.Escape(group + metrics + cut)}";
    }

    private static void Choices(Grid grid, JsonArray choices, int gold, int chosen)
    {
        foreach (var (choice, i) in choices.Select((choice, i) => (choice!, i)))
        {
            var marks = (i == chosen ? "chosen" : "", i == gold ? "right" : "") switch
            {
                ("chosen", "right") => "chosen, right",
                var (first, second) => first + second,
            };
            Row(grid, marks, $"{choice["log_likelihood"]!.GetValue<double>(),9:0.000}  {choice["continuation"]!.ToString().TrimStart()}", i == gold ? "green" : i == chosen ? "red" : "default");
        }
    }

    private static void Row(Grid grid, string name, string text, string style) =>
        grid.AddRow(new Markup(Markup.Escape(name), new Style(Color.Grey)), new Text(text, Style.Parse(style)));

    private static string End(string context) => context.Length <= ShownContext ? context : $"..{context[^ShownContext..]}";
}
