using Graft.Artifacts;
using Graft.Coordinator.Plan;

namespace Graft.Coordinator.Run;

/// <summary>A run without its steps.</summary>
internal sealed record RunSummary(string Id, string Name, RunState State, DateTimeOffset Started, DateTimeOffset? Ended);

/// <summary>What changed on a board since some version of it.</summary>
internal sealed record RunChange(RunSummary Run, IReadOnlyList<(PlanStep Step, StepStatus Status)> Steps, long Version)
{
    /// <summary>Steps of the run, changed or not.</summary>
    public required int StepCount { get; init; }
}

/// <summary>
/// Where a run and its steps stand. One engine writes, any number of watchers read; a watcher remembers only the version it has seen,
/// so a slow one costs nothing and skips what was overtaken.
/// </summary>
internal sealed class RunBoard
{
    private readonly Lock _lock = new();
    private readonly StepStatus[] _steps;
    private readonly long[] _versions;
    private readonly StoredRun _stored;
    private RunSummary _run;
    private long _version = 1;
    private TaskCompletionSource? _changed;

    public RunBoard(StoredRun stored, RunPlan plan)
    {
        _stored = stored;
        _run = new RunSummary(stored.Id, stored.Name, stored.State, stored.Started, stored.Ended);
        Plan = plan;
        _steps = new StepStatus[plan.Steps.Count];
        Array.Fill(_steps, new StepStatus());
        _versions = new long[plan.Steps.Count];
        Array.Fill(_versions, 1);
    }

    public RunPlan Plan { get; }

    public string Yaml => _stored.Yaml;

    public IReadOnlyDictionary<string, Digest> Inputs => _stored.Inputs;

    public RunSummary Run
    {
        get
        {
            lock (_lock)
            {
                return _run;
            }
        }
    }

    public StepStatus this[PlanStep step]
    {
        get
        {
            lock (_lock)
            {
                return _steps[step.Index];
            }
        }
    }

    /// <summary>Changes a step; one that is final stays as it is.</summary>
    public void Change(PlanStep step, Func<StepStatus, StepStatus> change)
    {
        lock (_lock)
        {
            if (!_steps[step.Index].IsFinal)
            {
                _steps[step.Index] = change(_steps[step.Index]);
                _versions[step.Index] = ++_version;
                Signal();
            }
        }
    }

    /// <summary>The last change: the run has ended.</summary>
    public void End(RunState state, DateTimeOffset ended)
    {
        lock (_lock)
        {
            _run = _run with { State = state, Ended = ended };
            _version++;
            Signal();
        }
    }

    /// <summary>All that changed after a version; everything after version 0.</summary>
    public RunChange Since(long version)
    {
        lock (_lock)
        {
            return new RunChange(
                _run,
                [.. Plan.Steps.Where(step => _versions[step.Index] > version).Select(step => (step, _steps[step.Index]))],
                _version)
            {
                StepCount = _steps.Length,
            };
        }
    }

    /// <summary>Completes when the board is newer than a version.</summary>
    public Task NewerThanAsync(long version)
    {
        lock (_lock)
        {
            if (_version > version)
            {
                return Task.CompletedTask;
            }

            _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _changed.Task;
        }
    }

    /// <summary>The run as it is to be kept; steps that were executed in an earlier attempt keep their times.</summary>
    public StoredRun ToStored(RunState state, DateTimeOffset? ended)
    {
        var outcomes = _stored.Outcomes.Where(known => known.Value.Error is null).ToDictionary();
        foreach (var (step, status) in Since(0).Steps.Where(item => item.Status is { Elapsed: not null } or { State: StepState.Failed }))
        {
            outcomes[step.Id] = new StepOutcome(status.Started, status.Elapsed, status.Error)
            {
                Kind = status.Work?.Kind.Job,
                Task = status.Work?.Kind.Task,
                Work = status.Work?.Amount,
            };
        }

        return _stored with { State = state, Ended = ended, Outcomes = outcomes };
    }

    /// <summary>Adds to steps whose results are known what the store cannot say of them: that they were executed, or failed.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            foreach (var step in Plan.Steps)
            {
                if (_stored.Outcomes.TryGetValue(step.Id, out var outcome))
                {
                    _steps[step.Index] = Restored(_steps[step.Index], outcome);
                }
            }
        }

        foreach (var step in Plan.Steps.Where(step => this[step].State == StepState.Failed))
        {
            Blocking.Spread(this, step);
        }
    }

    private static StepStatus Restored(StepStatus status, StepOutcome outcome)
    {
        var state = status.State == StepState.Hit ? StepState.Succeeded : outcome.Error is null ? status.State : StepState.Failed;
        return status with
        {
            State = state,
            Started = outcome.Started,
            Elapsed = outcome.Elapsed,
            Error = state == StepState.Failed ? outcome.Error : null,
        };
    }

    private void Signal()
    {
        _changed?.SetResult();
        _changed = null;
    }
}
