using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Predicates;
using Graft.Cli.Report.Tables;
using Spectre.Console;

namespace Graft.Cli.Report;

/// <summary>The tables of the study on a terminal of 80 columns or more, with or without colour.</summary>
internal static class StudyTables
{
    public static void Write(IAnsiConsole console, Results results)
    {
        foreach (var (name, task) in results.Tasks)
        {
            var cells = new Cells(Metric.Of(task.Metric), console.Profile.Capabilities.Unicode);
            var unit = cells.Metric.IsFraction ? " in %" : "";
            WriteRule(console, name);
            var spread = task.Seeds > 1 ? $"standard deviation of {task.Seeds} seeds (of one: standard error)" : "standard error";
            console.MarkupLineInterpolated($"{cells.Metric.Title}{unit} {cells.PlusMinus} {spread}, {task.Items} items, {cells.Metric.Direction}");
            console.WriteLine();
            WriteTask(console, cells, task);
        }

        WritePredicates(console, StudyPredicates.Of(results));
        WriteClaims(console, StudyClaims.Of(results));
    }

    private static void WriteTask(IAnsiConsole console, Cells cells, TaskResults task)
    {
        if (task.Pt.Count + task.Ft.Count > 0)
        {
            CheckpointRow[] rows = [.. PretrainedRow(cells, task), .. TunedRows(cells, task)];
            CheckpointTable.Write(console, "Pretrained (PT) and fine-tuned (FT)", task.Trajectory, rows);
        }

        if (task.Merge.Count > 0)
        {
            const string title = "Merged, no training: row = vector, column = base, * = best of the column";
            CheckpointTable.Write(console, title, task.Trajectory, MatrixRows(cells, task));
        }

        if (task.Continual.Count > 0)
        {
            ContinualTable.Write(console, cells, task);
        }

        if (task.Recurrent.Count > 0)
        {
            CheckpointTable.Write(console, "Recurrent against one step", [.. task.Recurrent.Keys], RecurrentRows(cells, task));
        }
    }

    private static IEnumerable<CheckpointRow> PretrainedRow(Cells cells, TaskResults task) =>
        task.Pt.Count == 0 ? [] : [new CheckpointRow("PT", name => cells.WithSpread(task.Pt.GetValueOrDefault(name)))];

    private static IEnumerable<CheckpointRow> TunedRows(Cells cells, TaskResults task) =>
        task.Ft.Values.SelectMany(curve => curve.Select(point => point.Key)).Distinct().Select(step => new CheckpointRow(
            step == StepScore.Final ? "FT" : $"FT {step}",
            name => cells.WithSpread(task.Ft.GetValueOrDefault(name)?.FirstOrDefault(point => point.Key == step)?.Score)));

    private static IReadOnlyList<CheckpointRow> MatrixRows(Cells cells, TaskResults task)
    {
        var best = task.Merge.ToDictionary(column => column.Key, column => cells.Metric.Best(column.Value));
        var sources = task.Trajectory.Where(source => task.Merge.Values.Any(column => column.ContainsKey(source)));
        return [.. sources.Select(source => new CheckpointRow(source, name =>
        {
            var score = task.Merged(name, source);
            return score is not null && best[name].Contains(source) ? cells.Starred(score) : cells.WithSpread(score);
        }))];
    }

    private static IReadOnlyList<CheckpointRow> RecurrentRows(Cells cells, TaskResults task)
    {
        string Nearest(string name, Func<string, Score?> score) =>
            cells.WithSpread(task.Predecessor(name) is { } nearest ? score(nearest) : null);

        CheckpointRow[] rows =
        [
            new("one step", name => Nearest(name, nearest => task.Merged(name, nearest))),
            new("recurrent", name => cells.WithSpread(task.Recurrent[name].Merged)),
            new("one step CT", name => Nearest(name, nearest => task.Trained(name, nearest))),
            new("recurrent CT", name => cells.WithSpread(task.Recurrent[name].Last)),
            new("FT", name => cells.WithSpread(task.Tuned(name))),
            new("FT-CT", name => cells.WithSpread(task.Controlled(name))),
        ];
        return [.. rows.Where(row => task.Recurrent.Keys.Any(name => row.Cell(name) != Cells.Absent))];
    }

    private static void WriteClaims(IAnsiConsole console, IReadOnlyList<Claim> claims)
    {
        if (claims.Count == 0)
        {
            return;
        }

        WriteRule(console, "Further claims");
        foreach (var claim in claims)
        {
            var text = $"[bold]{Markup.Escape(claim.Statement)}[/]\n{Markup.Escape(ClaimWords.Finding(claim, PlusMinus(console)))}";
            WriteVerdict(console, claim.Verdict, ClaimWords.Of(claim.Verdict), text);
        }
    }

    private static void WritePredicates(IAnsiConsole console, IReadOnlyList<Predicate> predicates)
    {
        if (predicates.Count == 0)
        {
            return;
        }

        WriteRule(console, "Findings of the study");
        foreach (var predicate in predicates)
        {
            IEnumerable<string> lines =
            [
                .. predicate.Parts.Select(part => $"{part.Statement} {ClaimWords.Of(part.Verdict)}: {part.Metric.FormatDifference(part.MeanGain)}"
                    + $"{PlusMinus(console)}{part.Metric.Format(part.MeanError)}{part.Metric.DifferenceUnit}, {ClaimWords.P(part.P)}"),
                .. predicate.Missing.Select(reason => $"Not applicable{(predicate.Parts.Count > 0 ? " in part" : "")}, because {reason}."),
            ];
            var text = $"[bold]{predicate.Id} {Markup.Escape(predicate.Title)}[/]\n{Markup.Escape(string.Join('\n', lines))}";
            WriteVerdict(console, predicate.Verdict, PredicateWords.Of(predicate.Verdict), text);
        }
    }

    private static void WriteVerdict(IAnsiConsole console, Verdict? verdict, string word, string text)
    {
        var color = verdict switch { Verdict.Held => "green", Verdict.DidNotHold => "red", Verdict.Undecided => "yellow", _ => "dim" };
        var grid = new Grid().AddColumn(new GridColumn { Width = 14, NoWrap = true, Padding = new Padding(0, 0, 1, 0) }).AddColumn();
        console.Write(grid.AddRow($"[{color}]{word}[/]", text));
    }

    private static string PlusMinus(IAnsiConsole console) => console.Profile.Capabilities.Unicode ? " \u00B1 " : " +- ";

    private static void WriteRule(IAnsiConsole console, string title)
    {
        var border = console.Profile.Capabilities.Unicode ? BoxBorder.Square : BoxBorder.Ascii;
        console.Write(new Rule(Markup.Escape(title)) { Justification = Justify.Left, Border = border });
    }
}
