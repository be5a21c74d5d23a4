using System.Threading.Channels;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>
/// Drives one run to its end. A single loop owns all decisions: it looks up what is ready, hands what is missing to the pool, and waits
/// for what jobs say, which arrives as events. Only progress goes past it, straight to the board.
/// </summary>
internal sealed class RunEngine
{
    private readonly RunBoard _board;
    private readonly RunPlan _plan;
    private readonly JobPool _pool;
    private readonly IWorld _world;
    private readonly TimeProvider _time;
    private readonly Frontier _frontier;
    private readonly NameSetter _names;
    private readonly List<Task> _jobs = [];

    // At most one event for each checkpoint and one for each job.
    private readonly Channel<IEvent> _events = Channel.CreateUnbounded<IEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly bool[] _told;
    private int _open;

    public RunEngine(RunBoard board, IWorld world, JobPool pool, TimeSpan giveUpAfter, TimeProvider time)
    {
        _board = board;
        _plan = board.Plan;
        _pool = pool;
        _world = world;
        _time = time;
        _frontier = new Frontier(
            board, (recipes, token) => Backoff.RetryAsync(retry => world.LookUpResultsAsync(recipes, retry), giveUpAfter, time, token));
        _names = new NameSetter(world, board.Plan.Name, giveUpAfter, time);
        _told = new bool[board.Plan.Steps.Count];
        _open = board.Plan.Steps.Count;
    }

    private interface IEvent;

    /// <summary>Told when a job has ended, after the board was.</summary>
    public Action JobEnded { get; init; } = () => { };

    /// <summary>Executes the run until every step is final.</summary>
    /// <returns>Whether all steps have their artifacts.</returns>
    /// <exception cref="FaultException">The store does not answer.</exception>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var naming = _names.RunAsync(failed.Token);
        try
        {
            await DriveAsync(failed.Token);
            _names.Complete();
            await naming;
        }
        catch
        {
            await failed.CancelAsync();
            await Task.WhenAll([naming, .. _jobs]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return _plan.Steps.All(step => _board[step].Artifact is not null);
    }

    private async Task DriveAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, artifact) in _plan.InputNames)
        {
            _names.Set(name, artifact);
        }

        while (true)
        {
            await LookUpAndDispatchAsync(cancellationToken);
            if (_open == 0)
            {
                return;
            }

            await _events.Reader.WaitToReadAsync(cancellationToken);
            while (_events.Reader.TryRead(out var next))
            {
                await ApplyAsync(next, cancellationToken);
                if (next is EndedJob)
                {
                    JobEnded();
                }
            }
        }
    }

    private async Task LookUpAndDispatchAsync(CancellationToken cancellationToken)
    {
        var (hits, misses) = await _frontier.AdvanceAsync(cancellationToken);
        foreach (var (step, artifact) in hits)
        {
            Close(step, artifact);
        }

        foreach (var miss in misses.OrderByDescending(miss => _plan.Path(miss.Step)))
        {
            _jobs.Add(RunJobAsync(miss, cancellationToken));
        }
    }

    private async Task RunJobAsync(Miss miss, CancellationToken cancellationToken)
    {
        try
        {
            var measuring = MeasureAsync(miss.Recipe, cancellationToken);
            var status = await _pool.RunAsync(miss.Recipe, miss.Digest, _plan.Path(miss.Step), status => Observe(miss.Step, status), cancellationToken);
            _events.Writer.TryWrite(new EndedJob(miss.Step, status, await measuring));
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // The loop must not wait for an event that never comes.
            _events.Writer.TryComplete(bug);
        }
    }

    // How much work a job is, so that later plans can tell how long such a job takes. A run does not fail over it.
    private async Task<(WorkKind Kind, double Amount)?> MeasureAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        try
        {
            var inputs = RecipeInputs.Of(recipe);
            var sizes = inputs.Zip(await _world.SizesAsync(inputs, cancellationToken)).ToDictionary(pair => pair.First, pair => pair.Second);
            var cost = RecipeCost.Of(recipe, sizes.GetValueOrDefault);
            return cost.Work is { } work ? (cost.Kind, work) : null;
        }
        catch (FaultException)
        {
            return null;
        }
    }

    // Called by the pool, under its lock: only notes what it hears.
    private void Observe(PlanStep step, JobStatus? status)
    {
        if (status is null)
        {
            _board.Change(step, known => known with { State = StepState.Miss, Started = null, Progress = null });
            return;
        }

        if (status.State == JobState.Running)
        {
            _board.Change(step, known => known with
            {
                State = StepState.Running,
                Progress = status.Progress ?? known.Progress,
                Started = known.Started ?? _time.GetUtcNow(),
                Resumed = known.Progress is null && status.Progress is { Total: > 0 } first ? (double)first.Completed / first.Total : known.Resumed,
            });
        }

        foreach (var kept in _plan.Checkpoints(step))
        {
            if (!_told[kept.Index] && status.Outputs.TryGetValue($"step-{kept.TrainingSteps}", out var artifact))
            {
                _told[kept.Index] = true;
                _events.Writer.TryWrite(new CheckpointKept(kept, artifact));
            }
        }
    }

    private async Task ApplyAsync(IEvent next, CancellationToken cancellationToken)
    {
        switch (next)
        {
            case CheckpointKept kept:
                Succeed(kept.Step, kept.Artifact);
                break;
            case EndedJob { Status: { State: JobState.Succeeded } status } ended when status.Outputs.TryGetValue("result", out var artifact):
                _board.Change(ended.Step, step => step with { Work = ended.Work is { } work ? (work.Kind, work.Amount * (1 - step.Resumed)) : null });
                Succeed(ended.Step, artifact);
                await CheckCheckpointsAsync(ended.Step, cancellationToken);
                break;
            case EndedJob { Status: { State: JobState.Succeeded } } ended:
                Fail(ended.Step, new FaultException(FaultKind.Internal, "The job ended well but without a result."));
                break;
            case EndedJob ended:
                Fail(ended.Step, ended.Status.Error ?? new FaultException(FaultKind.Internal, "The job failed without saying why."));
                break;
        }
    }

    // Checkpoints the job did not tell of, because it ended before we listened, are in the store.
    private async Task CheckCheckpointsAsync(PlanStep train, CancellationToken cancellationToken)
    {
        foreach (var kept in _plan.Checkpoints(train).Where(kept => !_board[kept].IsFinal))
        {
            if (await _frontier.FindAgainAsync(kept, cancellationToken) is { } artifact)
            {
                Succeed(kept, artifact);
            }
            else
            {
                Fail(kept, FaultException.NotFound(
                    $"The training job {train.Id} ended, but its checkpoint of step {kept.TrainingSteps} is not in the store."));
            }
        }
    }

    private void Succeed(PlanStep step, Digest artifact)
    {
        if (_board[step].IsFinal)
        {
            return;
        }

        var now = _time.GetUtcNow();
        _board.Change(step, status => status with
        {
            // A job that never ran was found done when its turn came.
            State = status.Started is null && step.Kind != StepKind.Checkpoint ? StepState.Hit : StepState.Succeeded,
            Artifact = artifact,
            Elapsed = now - status.Started,
        });
        _frontier.Made(step, artifact);
        Close(step, artifact);
    }

    private void Close(PlanStep step, Digest artifact)
    {
        _open--;
        foreach (var name in step.Names)
        {
            _names.Set(name, artifact);
        }
    }

    private void Fail(PlanStep step, FaultException fault)
    {
        var now = _time.GetUtcNow();
        _board.Change(step, status => status with { State = StepState.Failed, Error = StepError.Of(fault), Elapsed = now - status.Started });
        _open -= 1 + Blocking.Spread(_board, step).Count;
    }

    private sealed record CheckpointKept(PlanStep Step, Digest Artifact) : IEvent;

    private sealed record EndedJob(PlanStep Step, JobStatus Status, (WorkKind Kind, double Amount)? Work) : IEvent;
}
