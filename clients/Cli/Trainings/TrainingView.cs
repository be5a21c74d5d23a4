using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Trainings;

/// <summary>A training on a terminal: the curve of its loss, and where it stands.</summary>
internal sealed class TrainingView(IAnsiConsole console, string title)
{
    private const int Height = 12;
    private const int LabelWidth = 10;
    private const int Margin = 3;
    private const double LogarithmicFrom = 100;

    private readonly List<double> _losses = [];
    private V1.TrainingStep? _last;
    private int _total;

    /// <summary>Steps seen so far.</summary>
    public int Count => _losses.Count;

    public V1.TrainingStep? Last => _last;

    public void Add(V1.WatchTrainingResponse news)
    {
        _total = news.Total;
        _losses.AddRange(news.Steps.Select(step => step.Loss));
        _last = news.Steps.Count > 0 ? news.Steps[^1] : _last;
    }

    public IRenderable Draw()
    {
        List<IRenderable> rows = [new Markup($"[bold]{Markup.Escape(title)}[/]")];
        if (_last is not { } last)
        {
            return new Rows([.. rows, new Text("no step yet")]);
        }

        var unicode = console.Profile.Capabilities.Unicode;
        var width = Math.Max(20, console.Profile.Width - LabelWidth - Margin);
        var isLogarithmic = IsWide(_losses);
        var (lines, high, low) = TrainingCurve.Draw(isLogarithmic ? [.. _losses.Select(loss => Math.Log(loss))] : _losses, width, Height, unicode);
        (high, low) = isLogarithmic ? (Math.Exp(high), Math.Exp(low)) : (high, low);
        var edge = unicode ? '\u2502' : '|';
        for (var i = 0; i < lines.Count; i++)
        {
            var label = i == 0 ? Number(high) : i == lines.Count - 1 ? Number(low) : "";
            rows.Add(new Markup($"[grey]{label,LabelWidth} {edge}[/][green]{Markup.Escape(lines[i].TrimEnd())}[/]"));
        }

        rows.Add(new Markup($"[grey]{(isLogarithmic ? "loss, log" : "loss"),LabelWidth} {(unicode ? '\u2514' : '+')} steps {_last.Step - Count + 1} to {last.Step}[/]"));
        rows.Add(new Text(StepWords.Learning(last, _total)));
        rows.Add(new Text(StepWords.Pace(last)));
        return new Rows(rows);
    }

    /// <summary>Whether the first losses would press all the others flat, as sums over many tokens do.</summary>
    private static bool IsWide(List<double> losses)
    {
        var finite = losses.Where(double.IsFinite).DefaultIfEmpty(1);
        return finite.Min() > 0 && finite.Max() / finite.Min() > LogarithmicFrom;
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) < 1000 ? "0.000" : "0.00e+00", CultureInfo.InvariantCulture);
}
