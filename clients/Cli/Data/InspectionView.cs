using Graft.Trainer.Data;
using Spectre.Console;

namespace Graft.Cli.Data;

/// <summary>An inspection for the eye: rows with what does not count in the loss dimmed, then the counts.</summary>
internal static class InspectionView
{
    private const int BarWidth = 40;

    private static readonly Style _counts = new(foreground: Color.Green, decoration: Decoration.Bold);
    private static readonly Style _masked = new(decoration: Decoration.Dim);
    private static readonly Style _plain = Style.Plain;

    /// <param name="console">Where to.</param>
    /// <param name="inspection">What was found.</param>
    /// <param name="rules">By which rules.</param>
    /// <param name="template">Name of the chat template; null when there is none.</param>
    public static void Write(IAnsiConsole console, Inspection inspection, EncodingRules rules, string? template)
    {
        foreach (var sample in inspection.Samples)
        {
            Write(console, sample);
        }

        var report = inspection.Report;
        var lengths = new LengthHistogram(inspection.Lengths);
        console.WriteLine($"template         {template ?? "none"}, mask {(rules.Mask == Artifacts.Recipes.LossMask.All ? "all" : "completion")}");
        console.WriteLine($"rows             {report.Rows:N0}, kept {report.Kept:N0}, truncated {report[RowFate.Truncated]:N0}, dropped {report.Dropped:N0}");
        console.WriteLine($"tokens kept      {report.Tokens:N0}, of which {report.Targets:N0} count in the loss ({Part(report.Targets, report.Tokens)})");
        console.WriteLine($"tokens cut off   {report.CutTokens:N0}");
        console.WriteLine($"tokens a row     shortest {lengths.Shortest:N0}, median {lengths.Quantile(0.5):N0}, 95 % up to {lengths.Quantile(0.95):N0}, longest {lengths.Longest:N0}");
        foreach (var fate in inspection.Firsts.Keys.Where(fate => fate != RowFate.Kept).Order())
        {
            console.WriteLine($"{FateWords.Of(fate)}: {report[fate]:N0} (first: {inspection.Firsts[fate]})");
        }

        WriteBars(console, lengths);
    }

    private static void Write(IAnsiConsole console, Sample sample)
    {
        var cut = sample.Kept < sample.Tokens ? $", {sample.Tokens - sample.Kept:N0} cut off" : "";
        var head = $"{sample.Place}: {FateWords.Of(sample.Fate)}; {sample.Tokens:N0} tokens{cut}, {sample.Targets:N0} count";
        var text = new Paragraph($"{head}\n", new Style(decoration: Decoration.Underline));
        var marks = !console.Profile.Capabilities.Ansi;
        foreach (var stretch in sample.Stretches)
        {
            // Without colours what counts stands between marks.
            var words = Visible(stretch.Text);
            text.Append(marks && stretch.Counts ? $">>{words}<<" : words, marks ? _plain : stretch.Counts ? _counts : _masked);
        }

        text.Append("\n\n");
        console.Write(text);
    }

    private static void WriteBars(IAnsiConsole console, LengthHistogram lengths)
    {
        var classes = lengths.Classes();
        if (classes.Count == 0)
        {
            return;
        }

        var most = classes.Max(size => size.Rows);
        var bar = console.Profile.Capabilities.Unicode ? '\u2588' : '#';
        console.WriteLine("tokens up to      rows");
        foreach (var (upTo, rows) in classes)
        {
            var length = (int)Math.Ceiling((double)rows * BarWidth / most);
            console.WriteLine($"{upTo,12:N0} {rows,9:N0} {new string(bar, length)}".TrimEnd());
        }
    }

    private static string Part(long part, long whole) => whole == 0 ? "none" : $"{100.0 * part / whole:0.0} %";

    // Data may hold anything, sequences that drive a terminal too.
    private static string Visible(string text) =>
        string.Concat(text.Select(unit => char.IsControl(unit) && unit is not ('\n' or '\t') ? $"<0x{(int)unit:x2}>" : $"{unit}"));
}
