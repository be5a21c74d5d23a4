using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Plan;
using Graft.Hosting.Telemetry;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator.Run;

/// <summary>What the coordinator tells Prometheus: ends of runs and steps, waits for a worker, and how each running run stands.</summary>
internal sealed class RunMetrics
{
    private const int MaxRuns = 32;

    private readonly Lock _lock = new();
    private readonly List<RunBoard> _running = [];
    private readonly int _slots;
    private readonly TimeProvider _time;
    private readonly Counter<long> _started;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _steps;
    private readonly Histogram<double> _wait;

    public RunMetrics(IMeterFactory factory, IOptions<CoordinatorOptions> options, TimeProvider time)
    {
        (_slots, _time) = (options.Value.MaxConcurrentJobs, time);
        var meter = factory.Create(GraftMeter.Name);
        _started = meter.CreateCounter<long>("graft_runs_started", description: "Runs begun, or taken up again after a restart.");
        _ended = meter.CreateCounter<long>("graft_runs_ended", description: "Runs ended, by state.");
        _steps = meter.CreateCounter<long>("graft_steps_ended", description: "Steps of runs that are final, by state; a hit is one whose result was there.");
        _wait = meter.CreateHistogram(
            "graft_queue_wait",
            "s",
            "Time a job waited for a slot of the coordinator.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400] });
        meter.CreateObservableGauge("graft_runs_running", CountRunning, description: "Runs that are driven now.");
        meter.CreateObservableGauge("graft_run_steps", ReadSteps, description: "Steps of a running run, by state.");
        meter.CreateObservableGauge("graft_run_progress_ratio", () => Read(estimate => estimate.Done), description: "Part of a running run's work that is done.");
        meter.CreateObservableGauge("graft_run_remaining", () => Read(estimate => estimate.Remaining?.TotalSeconds), "s", "Expected time to the end of a running run.");
        meter.CreateObservableGauge("graft_run_worker", () => Read(estimate => estimate.Worked.TotalSeconds), "s", "Time workers have spent on a running run.");
        meter.CreateObservableGauge("graft_run_job_info", ReadJobs, description: "Always 1: which step of which running run a running job is.");
        _started.Add(0);
        foreach (var state in (RunState[])[RunState.Succeeded, RunState.Failed, RunState.Cancelled])
        {
            _ended.Add(0, State(state));
        }
    }

    /// <summary>A run is driven: its steps are counted as they become final, until <paramref name="ended"/> is done.</summary>
    public async Task FollowAsync(RunBoard board, Task ended)
    {
        lock (_lock)
        {
            _running.Add(board);
        }

        _started.Add(1);
        var counted = new HashSet<PlanStep>();
        for (var seen = 0L; ;)
        {
            var isLast = ended.IsCompleted;
            var change = board.Since(seen);
            seen = change.Version;
            Count(change, counted);
            if (isLast)
            {
                break;
            }

            await Task.WhenAny(ended, board.NewerThanAsync(seen));
        }

        lock (_lock)
        {
            _running.Remove(board);
        }

        if (board.Run.State != RunState.Running)
        {
            _ended.Add(1, State(board.Run.State));
        }
    }

    /// <summary>A job has left the queue for a worker.</summary>
    public void Taken(Recipe recipe, TimeSpan waited) =>
        _wait.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("kind", JobAttempts.Kind(recipe)));

    private static KeyValuePair<string, object?> State(Enum state) => new("state", Word(state));

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();

    private static TagList TagsOf(RunBoard board) => new() { { "run", board.Run.Name }, { "run_id", RunningLabel.Short(board.Run.Id) } };

    private void Count(RunChange change, HashSet<PlanStep> counted)
    {
        foreach (var (step, status) in change.Steps)
        {
            if (status.IsFinal && counted.Add(step))
            {
                _steps.Add(1, new TagList { { "kind", Word(step.Kind) }, { "state", Word(status.State) } });
            }
        }
    }

    private int CountRunning()
    {
        lock (_lock)
        {
            return _running.Count;
        }
    }

    private RunBoard[] Boards()
    {
        lock (_lock)
        {
            return [.. _running.Take(MaxRuns)];
        }
    }

    private IEnumerable<Measurement<double>> Read(Func<RunEstimate, double?> value)
    {
        foreach (var board in Boards())
        {
            if (value(RunEstimate.Of(board.Since(0).Steps, _slots, _time.GetUtcNow())) is { } number)
            {
                yield return new Measurement<double>(number, TagsOf(board));
            }
        }
    }

    private IEnumerable<Measurement<long>> ReadSteps()
    {
        foreach (var board in Boards())
        {
            var counts = board.Since(0).Steps.CountBy(item => item.Status.State).ToDictionary();
            foreach (var state in Enum.GetValues<StepState>())
            {
                var tags = TagsOf(board);
                tags.Add("state", Word(state));
                yield return new Measurement<long>(counts.GetValueOrDefault(state), tags);
            }
        }
    }

    private IEnumerable<Measurement<long>> ReadJobs()
    {
        foreach (var board in Boards())
        {
            var running = board.Since(0).Steps.Where(item => item.Status is { State: StepState.Running, Recipe: not null } && item.Step.Kind != StepKind.Checkpoint);
            foreach (var (step, status) in running.Take(RunningLabel.MaxShown))
            {
                var tags = TagsOf(board);
                tags.Add("step", step.Id);
                tags.Add("kind", Word(step.Kind));
                tags.Add(RunningLabel.Job, RunningLabel.Short(status.Recipe.ToString()!));
                yield return new Measurement<long>(1, tags);
            }
        }
    }
}
