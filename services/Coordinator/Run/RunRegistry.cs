using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Run.Costs;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator.Run;

/// <summary>All runs: those that are driven now and those that are only kept in the store.</summary>
/// <param name="world">The rest of Graft.</param>
/// <param name="driver">Drives runs.</param>
/// <param name="options">Bounds.</param>
/// <param name="time">Clock.</param>
/// <param name="stopping">Cancelled when the process begins to stop.</param>
internal sealed class RunRegistry(
    IWorld world, RunDriver driver, IOptions<CoordinatorOptions> options, TimeProvider time, CancellationToken stopping)
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1000;

    /// <summary>What a run would do. Nothing is executed or kept.</summary>
    /// <exception cref="FaultException">Invalid: the spec or its inputs.</exception>
    public async Task<PlannedRun> PlanAsync(string yaml, IReadOnlyDictionary<string, Digest> inputs, CancellationToken cancellationToken)
    {
        var board = await PrepareAsync(yaml, inputs, cancellationToken);
        return await Planning.PlanAsync(world, board, options.Value.MaxConcurrentJobs, cancellationToken);
    }

    /// <summary>Starts a run, or attaches to it while it runs. One that has ended is planned again: what is done is a hit.</summary>
    /// <exception cref="FaultException">Invalid: the spec or its inputs.</exception>
    public async Task<RunBoard> StartAsync(string yaml, IReadOnlyDictionary<string, Digest> inputs, CancellationToken cancellationToken)
    {
        var prepared = await PrepareAsync(yaml, inputs, cancellationToken);
        return await driver.LaunchAsync(prepared, cancellationToken);
    }

    /// <exception cref="FaultException">NotFound.</exception>
    public async Task<RunBoard> GetAsync(string id, CancellationToken cancellationToken)
    {
        if (driver.Find(id) is { } run)
        {
            return run.Board;
        }

        var stored = await world.LoadAsync(id, cancellationToken) ?? throw FaultException.NotFound($"There is no run '{id}'.");
        var board = new RunBoard(stored, Expansion.Of(RunSpec.Parse(stored.Yaml), stored.Inputs));
        await new Frontier(board, world.LookUpResultsAsync).AdvanceAsync(cancellationToken);
        board.Restore();
        return board;
    }

    /// <summary>The board of a run that can be watched: it is driven here, or has ended.</summary>
    /// <exception cref="FaultException">NotFound. Precondition: it was interrupted. Unavailable: it was, and will go on in a moment.</exception>
    public async Task<RunBoard> FindToWatchAsync(string id, CancellationToken cancellationToken)
    {
        var board = await GetAsync(id, cancellationToken);

        // While it was read from the store, somebody may have begun to drive it; on the board that was read nothing ever happens.
        if (driver.Find(id) is { } run)
        {
            return run.Board;
        }

        return board.Run.State != RunState.Running ? board
            : driver.HasResumed ? throw FaultException.Precondition($"The run '{id}' was interrupted and nobody drives it; start it again and it goes on.")
            : throw new FaultException(FaultKind.Unavailable, $"The run '{id}' was interrupted and will go on in a moment.");
    }

    /// <summary>The run now, and what has changed, until it ends. A slow reader skips what was overtaken.</summary>
    /// <exception cref="FaultException">Unavailable: the process stops.</exception>
    public async IAsyncEnumerable<RunChange> WatchAsync(RunBoard board, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        for (var seen = 0L; ;)
        {
            var change = board.Since(seen);
            seen = change.Version;
            yield return change;
            if (change.Run.State != RunState.Running)
            {
                yield break;
            }

            try
            {
                await board.NewerThanAsync(seen).WaitAsync(either.Token);
                await Task.Delay(options.Value.WatchInterval, time, either.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                throw new FaultException(FaultKind.Unavailable, "The coordinator stops; the run goes on when it is started again.");
            }
        }
    }

    /// <summary>Runs without their steps, newest first.</summary>
    /// <param name="pageSize">At most so many; 0 for 100, 1000 at the most.</param>
    /// <param name="pageToken">From the page before; empty for the first.</param>
    /// <param name="cancellationToken">Token.</param>
    /// <returns>The page, and the token of the next one, empty on the last.</returns>
    /// <exception cref="FaultException">Invalid.</exception>
    public async Task<(IReadOnlyList<RunSummary> Runs, string NextPageToken)> ListAsync(int pageSize, string pageToken, CancellationToken cancellationToken)
    {
        var size = pageSize switch
        {
            0 => DefaultPageSize,
            > 0 => Math.Min(pageSize, MaxPageSize),
            _ => throw FaultException.Invalid($"A page of {pageSize} runs is not possible; ask for 1 to {MaxPageSize}.", "page_size"),
        };
        var all = (await world.LoadAllAsync(cancellationToken))
            .Select(stored => driver.Find(stored.Id)?.Board.Run ?? new RunSummary(stored.Id, stored.Name, stored.State, stored.Started, stored.Ended))
            .OrderByDescending(run => run.Started)
            .ThenBy(run => run.Id, StringComparer.Ordinal)
            .ToList();
        var first = pageToken.Length == 0 ? 0 : all.FindIndex(run => run.Id == pageToken);
        if (first < 0)
        {
            throw FaultException.Invalid("The page token is none of ours; begin again without one.", "page_token");
        }

        return (all.GetRange(first, Math.Min(size, all.Count - first)), first + size < all.Count ? all[first + size].Id : "");
    }

    /// <summary>Stops a run and its jobs, and waits until they have been told. Nothing happens to one that has ended.</summary>
    /// <exception cref="FaultException">NotFound.</exception>
    public async Task<RunBoard> CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (driver.Find(id) is { } run)
        {
            await run.Cancelled.CancelAsync();
            await run.Ended.WaitAsync(cancellationToken);
        }
        else if (await world.LoadAsync(id, cancellationToken) is { State: RunState.Running } interrupted)
        {
            await world.SaveAsync(interrupted with { State = RunState.Cancelled, Ended = time.GetUtcNow() }, cancellationToken);
        }

        return await GetAsync(id, cancellationToken);
    }

    private async Task<RunBoard> PrepareAsync(string yaml, IReadOnlyDictionary<string, Digest> inputs, CancellationToken cancellationToken)
    {
        var spec = RunSpec.Parse(yaml);
        var resolved = await InputResolution.ResolveAsync(spec, inputs, world, cancellationToken);
        var plan = Expansion.Of(spec, resolved);
        var id = StoredRun.IdOf(yaml, resolved);
        var known = await world.LoadAsync(id, cancellationToken);
        return new RunBoard(
            new StoredRun
            {
                Id = id,
                Name = spec.Name,
                Yaml = yaml,
                Inputs = resolved,
                State = RunState.Running,
                Started = time.GetUtcNow(),
                Outcomes = known?.Outcomes ?? new Dictionary<string, StepOutcome>(),
            },
            plan);
    }
}
