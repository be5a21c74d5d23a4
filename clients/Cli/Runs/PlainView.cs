using System.Globalization;
using Graft.Cli.Jobs;
using Graft.Coordinator.Spec;
using Spectre.Console;

namespace Graft.Cli.Runs;

/// <summary>
/// A run as lines with the time before them: one for each training that ends, each checkpoint of pretraining, each kind of step that
/// is done, each failure; and a sign of life when there was none for ten seconds.
/// </summary>
internal sealed class PlainView(IAnsiConsole console, string title, RunSpec spec, TimeProvider time, int slots) : IRunView
{
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, V1.StepState> _seen = [];
    private readonly HashSet<string> _kindsDone = [];
    private long _written;

    public TimeSpan Interval => TimeSpan.FromMilliseconds(500);

    public Task ShowAsync(Func<Action<V1.Run>, Task> follow) => follow(Draw);

    internal void Draw(V1.Run run)
    {
        if (_seen.Count == 0)
        {
            var hits = run.Steps.Count(step => step.State == V1.StepState.Hit);
            Write($"{title}: {run.Steps.Count} steps, {hits} done before");
        }

        foreach (var step in run.Steps.Where(step => _seen.GetValueOrDefault(step.Id) != step.State))
        {
            _seen[step.Id] = step.State;
            if (Milestone(step) is { } line)
            {
                Write(line);
            }
        }

        foreach (var kind in run.Steps.GroupBy(step => step.Kind).Where(kind => kind.Key is "extract" or "merge" or "evaluate"))
        {
            var made = kind.Count(step => step.State == V1.StepState.Succeeded);
            if (made > 0 && kind.All(step => step.State is V1.StepState.Succeeded or V1.StepState.Hit) && _kindsDone.Add(kind.Key))
            {
                Write($"{kind.Key}: all {kind.Count()} done");
            }
        }

        if (time.GetElapsedTime(_written) >= _heartbeat)
        {
            var meter = RunMeter.Of(run, spec, slots);
            var jobs = string.Join("; ", meter.Running.Select(job => job.Progress is { } progress ? $"{job.Id} {progress}" : job.Id));
            Write($"{meter.Done}/{meter.Total} steps, about {Durations.Text(meter.Remaining)} left; {jobs}");
        }
    }

    private static string? Milestone(V1.Step step) => step.State switch
    {
        V1.StepState.Succeeded when step.Kind == "train" => $"{step.Id} trained{(step.Elapsed is { } elapsed ? $" in {Durations.Text(elapsed.ToTimeSpan())}" : "")}",
        V1.StepState.Succeeded when step.Kind == "checkpoint" && step.Id.StartsWith("pretrain/", StringComparison.Ordinal) => $"{step.Id} kept",
        V1.StepState.Failed => $"{step.Id} failed: {step.Error?.Message}",
        _ => null,
    };

    private void Write(string line)
    {
        _written = time.GetTimestamp();
        Terminal.WriteLine(console, $"{time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");
    }
}
