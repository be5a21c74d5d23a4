using System.Globalization;
using Graft.Cli.Jobs;
using Graft.Coordinator.Spec;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Runs;

/// <summary>A run on a terminal: a bar for the whole and a line for each running job, redrawn in place.</summary>
/// <param name="console">The terminal.</param>
/// <param name="title">What runs.</param>
/// <param name="spec">The run's spec.</param>
/// <param name="elapsed">Time since the command began.</param>
/// <param name="slots">Jobs that run at one time.</param>
internal sealed class LiveView(IAnsiConsole console, string title, RunSpec spec, Func<TimeSpan> elapsed, int slots) : IRunView
{
    private const int BarWidth = 30;
    private const int MostJobs = 8;
    private const int MostFailures = 3;

    // At most eight pictures a second.
    public TimeSpan Interval => TimeSpan.FromMilliseconds(125);

    public Task ShowAsync(Func<Action<V1.Run>, Task> follow) =>
        console.Live(new Text(title)).AutoClear(false).StartAsync(display => follow(run =>
        {
            display.UpdateTarget(Draw(run));
            display.Refresh();
        }));

    internal IRenderable Draw(V1.Run run)
    {
        var meter = RunMeter.Of(run, spec, slots);
        var before = meter.Hits > 0 ? $" ({meter.Hits} from before)" : "";
        var left = meter.Done < meter.Total ? $", about {Durations.Text(meter.Remaining)} left" : "";
        var jobs = new Grid().AddColumns(
            new GridColumn { NoWrap = true, Padding = new Padding(2, 0, 2, 0) },
            Column(),
            Column(),
            Column(),
            Column());
        foreach (var job in meter.Running.Take(MostJobs))
        {
            var progress = job.Progress;
            jobs.AddRow([.. new[] { job.Id, progress?.Count, progress?.Loss, progress?.Rate, progress?.Left }.Select(text => new Text(text ?? ""))]);
        }

        List<IRenderable> rows =
        [
            new Markup($"[bold]{Markup.Escape(title)}[/]"),
            .. run.Steps.Where(step => step.State == V1.StepState.Failed).Take(MostFailures)
                .Select(step => new Markup($"[red]failed[/] {Markup.Escape($"{step.Id}: {step.Error?.Message}")}")),
            new Markup(
                $"{Bar(meter.Fraction)} {meter.Fraction.ToString("0 %", CultureInfo.InvariantCulture),5}  "
                + Markup.Escape($"{meter.Done}/{meter.Total} steps{before}  {Durations.Text(elapsed())} passed{left}")),
            jobs,
        ];
        if (meter.Running.Count > MostJobs)
        {
            rows.Add(new Text($"  and {meter.Running.Count - MostJobs} more"));
        }

        return new Rows(rows);
    }

    private string Bar(double fraction)
    {
        var full = (int)Math.Round(fraction * BarWidth);
        var (done, rest) = console.Profile.Capabilities.Unicode ? ('\u2501', '\u2500') : ('#', '-');
        return $"[green]{new string(done, full)}[/][grey]{new string(rest, BarWidth - full)}[/]";
    }

    private static GridColumn Column() => new() { NoWrap = true, Padding = new Padding(0, 0, 2, 0) };
}
