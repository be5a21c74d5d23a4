using Spectre.Console;

namespace Graft.Cli.Report.Tables;

/// <summary>One row of a table with a column for each checkpoint: its label and the markup of its cells.</summary>
internal sealed record CheckpointRow(string Label, Func<string, string> Cell);

/// <summary>A table with a column for each checkpoint; split into several where the console is too narrow for all columns.</summary>
internal static class CheckpointTable
{
    private const int Gap = 2;

    public static void Write(
        IAnsiConsole console, string title, IReadOnlyList<string> checkpoints, IReadOnlyList<CheckpointRow> rows)
    {
        var label = rows.Max(row => row.Label.Length);
        var width = checkpoints.Max(name => rows.Select(row => Markup.Remove(row.Cell(name)).Length).Append(name.Length).Max()) + Gap;
        var fitting = Math.Max(1, (console.Profile.Width - label - Gap) / width);

        TextGrid.WriteTitle(console, title);
        foreach (var columns in checkpoints.Chunk(fitting))
        {
            var grid = new TextGrid(["", .. columns.Select(Markup.Escape)]);
            foreach (var row in rows)
            {
                grid.AddRow([Markup.Escape(row.Label), .. columns.Select(row.Cell)]);
            }

            grid.Write(console);
        }
    }
}
