using Spectre.Console;

namespace Graft.Cli.Report.Tables;

/// <summary>A table of markup cells: the first column to the left, the others to the right, two spaces between.</summary>
internal sealed class TextGrid(IReadOnlyList<string> header)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    public static void WriteTitle(IAnsiConsole console, string title) => console.MarkupLineInterpolated($"[bold]{title}[/]");

    /// <param name="cells">Markup, as many as the header has.</param>
    public void AddRow(IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <summary>Characters of the widest line.</summary>
    public int Width => Widths().Sum() + 2 * (header.Count - 1);

    public void Write(IAnsiConsole console)
    {
        var widths = Widths();
        WriteLine(console, [.. header.Select(cell => $"[dim]{cell}[/]")], widths);
        foreach (var row in _rows)
        {
            WriteLine(console, row, widths);
        }

        console.WriteLine();
    }

    private static void WriteLine(IAnsiConsole console, IReadOnlyList<string> cells, int[] widths)
    {
        var padded = cells.Select((cell, column) => column == 0
            ? cell + Padding(cell, widths[column])
            : Padding(cell, widths[column]) + cell);
        console.MarkupLine(string.Join("  ", padded));
    }

    private static string Padding(string cell, int width) => new(' ', width - Markup.Remove(cell).Length);

    private int[] Widths() =>
        [.. header.Select((_, column) => _rows.Append(header).Max(row => Markup.Remove(row[column]).Length))];
}
