using Spectre.Console;

namespace Graft.Cli.Report.Tables;

/// <summary>Continual training, a row for each merge: as merged, along the training, beside plain fine-tuning and the control.</summary>
internal static class ContinualTable
{
    public static void Write(IAnsiConsole console, Cells cells, TaskResults task)
    {
        var points = task.Continual.Values.SelectMany(sources => sources.Values).SelectMany(curve => curve);
        var steps = points.Select(point => point.Key).Distinct().ToList();

        // The last step is always shown; of those before it as many as fit, evenly spread.
        var shown = steps;
        while (Grid(cells, task, shown) is var grid)
        {
            if (grid.Width <= console.Profile.Width || shown.Count <= 1)
            {
                TextGrid.WriteTitle(console, "Continual training: as merged, after each step; FT-CT = FT trained on as long");
                grid.Write(console);
                return;
            }

            shown = Thinned(steps, shown.Count - 1);
        }
    }

    /// <summary>Evenly spread over the list, its last element among them.</summary>
    internal static List<string> Thinned(IReadOnlyList<string> steps, int count) =>
        [.. Enumerable.Range(1, count).Select(number => steps[(int)Math.Round((double)number * steps.Count / count) - 1])];

    private static TextGrid Grid(Cells cells, TaskResults task, IReadOnlyList<string> steps)
    {
        var grid = new TextGrid(["", "merged", .. steps, "FT", "FT-CT"]);
        foreach (var (name, sources) in task.Continual)
        {
            foreach (var (source, curve) in sources)
            {
                var last = curve[^1].Key;
                var scores = curve.ToDictionary(point => point.Key, point => point.Score);
                grid.AddRow(
                [
                    Markup.Escape($"{name}+{source}"),
                    cells.WithSpread(task.Merged(name, source)),
                    .. steps.Select(step => step == last ? cells.WithSpread(scores[step]) : cells.Plain(scores.GetValueOrDefault(step))),
                    cells.WithSpread(task.Tuned(name)),
                    cells.WithSpread(task.Controlled(name)),
                ]);
            }
        }

        return grid;
    }
}
