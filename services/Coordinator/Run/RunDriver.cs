using System.Diagnostics.CodeAnalysis;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator.Run;

/// <summary>Drives runs beside each other to their ends, and goes on with interrupted ones when the process starts.</summary>
/// <param name="world">The rest of Graft.</param>
/// <param name="pool">Executes the jobs of all runs.</param>
/// <param name="options">Bounds.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Logger.</param>
/// <param name="stopping">Cancelled when the process begins to stop: runs are then left to go on after the next start.</param>
internal sealed partial class RunDriver(
    IWorld world,
    JobPool pool,
    IOptions<CoordinatorOptions> options,
    TimeProvider time,
    ILogger<RunDriver> logger,
    CancellationToken stopping) : BackgroundService
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DrivenRun> _runs = [];
    private readonly Queue<DrivenRun> _ended = [];
    private volatile bool _hasResumed = !options.Value.ResumeRuns;

    /// <summary>Whether the runs that were interrupted are driven again, as far as they can be.</summary>
    public bool HasResumed => _hasResumed;

    /// <summary>A run that is driven, or was until a short while ago.</summary>
    public DrivenRun? Find(string id)
    {
        lock (_lock)
        {
            return _runs.GetValueOrDefault(id);
        }
    }

    /// <summary>Drives a run, unless it is being driven already.</summary>
    /// <returns>The board of the run that is driven.</returns>
    public Task<RunBoard> LaunchAsync(RunBoard board, CancellationToken cancellationToken) => LaunchAsync(board, isInterrupted: false, cancellationToken);

    private async Task<RunBoard> LaunchAsync(RunBoard board, bool isInterrupted, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (Find(board.Run.Id) is { } known)
            {
                // Started here while interrupted runs were being found, and perhaps over by now: it was never interrupted.
                if (isInterrupted || (!known.Cancelled.IsCancellationRequested && !known.Ended.IsCompleted))
                {
                    return known.Board;
                }

                await known.Ended.WaitAsync(cancellationToken);
            }

            await world.SaveAsync(board.ToStored(RunState.Running, ended: null), cancellationToken);
            var run = new DrivenRun(board);
            lock (_lock)
            {
                run.Ended = Task.Run(() => DriveAsync(run), CancellationToken.None);
                _runs[board.Run.Id] = run;
            }

            return board;
        }
        finally
        {
            _starting.Release();
        }
    }

    public override void Dispose()
    {
        _starting.Dispose();
        base.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(All().Select(run => run.Ended)).WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.ResumeRuns)
        {
            return;
        }

        try
        {
            // In one process with the store, the store answers a moment later than we ask.
            var stored = await Backoff.RetryAsync(world.LoadAllAsync, TimeSpan.MaxValue, time, stoppingToken);
            foreach (var run in stored.Where(run => run.State == RunState.Running))
            {
                await ResumeAsync(run, stoppingToken);
            }

            _hasResumed = true;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogNotResumed();
        }
    }

    private async Task ResumeAsync(StoredRun stored, CancellationToken cancellationToken)
    {
        try
        {
            LogResumed(stored.Name, stored.Id);
            var board = new RunBoard(stored, Expansion.Of(RunSpec.Parse(stored.Yaml), stored.Inputs));
            await Backoff.RetryAsync(token => LaunchAsync(board, isInterrupted: true, token), TimeSpan.MaxValue, time, cancellationToken);
        }
        catch (FaultException fault)
        {
            LogCannotResume(fault, stored.Name, stored.Id);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The edge of a run: a bug fails this run with a log entry, and no other.")]
    private async Task DriveAsync(DrivenRun run)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled.Token, stopping);
        var board = run.Board;
        LogStarted(board.Run.Name, board.Run.Id, board.Plan.Steps.Count);
        try
        {
            var engine = new RunEngine(board, world, pool, options.Value.GiveUpAfter, time);
            await EndAsync(run, await engine.ExecuteAsync(either.Token) ? RunState.Succeeded : RunState.Failed);
        }
        catch (OperationCanceledException) when (run.Cancelled.IsCancellationRequested)
        {
            LeaveOpenSteps(board, status => status with { State = StepState.Miss, Started = null }, status => status.State == StepState.Running);
            await EndAsync(run, RunState.Cancelled);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            LogInterrupted(board.Run.Name, board.Run.Id);
        }
        catch (Exception exception)
        {
            LogBroken(exception, board.Run.Name, board.Run.Id);
            var error = exception is FaultException fault ? StepError.Of(fault) : new StepError(nameof(FaultKind.Internal), exception.Message);
            LeaveOpenSteps(board, status => status with { State = StepState.Blocked, Error = error }, status => !status.IsFinal);
            await EndAsync(run, RunState.Failed);
        }
    }

    private static void LeaveOpenSteps(RunBoard board, Func<StepStatus, StepStatus> change, Func<StepStatus, bool> isOpen)
    {
        foreach (var step in board.Plan.Steps.Where(step => isOpen(board[step])))
        {
            board.Change(step, change);
        }
    }

    // Kept first and shown then: who has seen the end can stop the process.
    [SuppressMessage("Design", "CA1031", Justification = "The edge of a run: it has ended whether or not that can be written down.")]
    private async Task EndAsync(DrivenRun run, RunState state)
    {
        var ended = time.GetUtcNow();
        try
        {
            var stored = run.Board.ToStored(state, ended);
            await Backoff.RetryAsync(token => world.SaveAsync(stored, token), options.Value.GiveUpAfter, time, stopping);
        }
        catch (Exception exception)
        {
            LogNotKept(exception, run.Board.Run.Name, run.Board.Run.Id);
        }

        LogEnded(run.Board.Run.Name, run.Board.Run.Id, state);
        run.Board.End(state, ended);
        lock (_lock)
        {
            _ended.Enqueue(run);
            while (_ended.Count > options.Value.KeepEnded)
            {
                var oldest = _ended.Dequeue();
                if (ReferenceEquals(_runs.GetValueOrDefault(oldest.Board.Run.Id), oldest))
                {
                    _runs.Remove(oldest.Board.Run.Id);
                }
            }
        }
    }

    private DrivenRun[] All()
    {
        lock (_lock)
        {
            return [.. _runs.Values];
        }
    }

    [LoggerMessage(500, LogLevel.Information, "The run {Name} ({RunId}) of {Steps} steps starts.")]
    private partial void LogStarted(string name, string runId, int steps);

    [LoggerMessage(501, LogLevel.Information, "The run {Name} ({RunId}) ended as {State}.")]
    private partial void LogEnded(string name, string runId, RunState state);

    [LoggerMessage(502, LogLevel.Information, "The run {Name} ({RunId}) was interrupted and goes on.")]
    private partial void LogResumed(string name, string runId);

    [LoggerMessage(503, LogLevel.Information, "The run {Name} ({RunId}) is interrupted; it goes on after the next start.")]
    private partial void LogInterrupted(string name, string runId);

    [LoggerMessage(504, LogLevel.Error, "The run {Name} ({RunId}) broke off.")]
    private partial void LogBroken(Exception exception, string name, string runId);

    [LoggerMessage(505, LogLevel.Error, "The end of the run {Name} ({RunId}) could not be written to the store.")]
    private partial void LogNotKept(Exception exception, string name, string runId);

    [LoggerMessage(506, LogLevel.Error, "The interrupted run {Name} ({RunId}) cannot go on.")]
    private partial void LogCannotResume(FaultException exception, string name, string runId);

    [LoggerMessage(507, LogLevel.Information, "Stopped before interrupted runs were found.")]
    private partial void LogNotResumed();
}
