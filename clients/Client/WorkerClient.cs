using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client.Calls;
using Graft.Client.Messages;
using Graft.Faults;

namespace Graft.Client;

/// <summary>
/// Has recipes executed by the workers they are for: trainers, mergers or evaluators. Of several of a kind, a free one takes the job,
/// which is then followed and cancelled where it runs.
/// </summary>
public sealed class WorkerClient
{
    // When a worker that is full does not say how long to wait.
    private static readonly TimeSpan _defaultRetryAfter = TimeSpan.FromSeconds(1);

    private readonly Workers _trainers;
    private readonly Workers _mergers;
    private readonly Workers _evaluators;
    private readonly Placement _placement = new();

    internal WorkerClient(Workers trainers, Workers mergers, Workers evaluators)
    {
        _trainers = trainers;
        _mergers = mergers;
        _evaluators = evaluators;
    }

    /// <summary>Starts the job of a recipe, or attaches to it when it runs or has succeeded.</summary>
    /// <exception cref="FaultException">
    /// Exhausted with RetryAfter: every worker is full. Unavailable: none answers. Invalid: it cannot be done; the field is named.
    /// </exception>
    public async Task<JobStatus> StartAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        var workers = await WorkersFor(recipe).ListAsync(cancellationToken);
        return JobMessages.ToStatus(workers is [var only]
            ? await SubmitAsync(only.Endpoint, recipe, cancellationToken)
            : await _placement.StartAsync(
                workers, RecipeCodec.DigestOf(recipe), (worker, token) => Submission.OnceAsync(worker.Endpoint, recipe, token), cancellationToken));
    }

    /// <summary>What a merge would do, and everything that stands against it; reads no tensor.</summary>
    /// <exception cref="FaultException">NotFound: an artifact.</exception>
    public async Task<V1.PlanMergeResponse> PlanMergeAsync(MergeRecipe recipe, CancellationToken cancellationToken)
    {
        var request = new V1.PlanMergeRequest { Recipe = MergeRecipeCodec.ToProto(recipe) };
        var merger = (await _mergers.ListAsync(cancellationToken)).OrderBy(worker => worker.IsAway).First().Endpoint;
        return await merger.CallAsync(options => new V1.MergerService.MergerServiceClient(merger.Invoker).PlanMergeAsync(request, options), cancellationToken);
    }

    /// <summary>
    /// The job of a recipe as it stands and after each change, until it ends. The stream survives a connection that breaks. Where there
    /// is one worker of the kind, a job that it forgot (because it was restarted) is started again there; of several, another may take
    /// it, and that is for the caller to say.
    /// </summary>
    /// <exception cref="FaultException">
    /// Unavailable: the worker was away for longer than the client's patience, or of several has lost the job: start it again, and
    /// another one goes on with it.
    /// </exception>
    public async IAsyncEnumerable<JobStatus> WatchAsync(Recipe recipe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var workers = await WorkersFor(recipe).ListAsync(cancellationToken);
        var updates = workers is [var only]
            ? Updates(only.Endpoint, recipe, token => SubmitPatientlyAsync(only.Endpoint, recipe, token), cancellationToken)
            : WatchPlacedAsync(workers, recipe, cancellationToken);
        await foreach (var update in updates)
        {
            yield return JobMessages.ToStatus(update.Job);
        }
    }

    /// <summary>Asks the job of a recipe to stop, at every worker that may have it. Nothing happens when it has ended or never began.</summary>
    /// <exception cref="FaultException">Unavailable: the worker that has it, or where that is not known none, answers.</exception>
    public async Task CancelAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        var workers = await WorkersFor(recipe).ListAsync(cancellationToken);
        var digest = RecipeCodec.DigestOf(recipe);
        var placed = _placement.Find(digest);
        var faults = await Task.WhenAll(workers.Select(async worker => (worker, await TryCancelAsync(worker.Endpoint, digest, cancellationToken))));
        _placement.Remove(digest);
        if (faults.FirstOrDefault(answer => answer.worker == placed).Item2 is { } lost)
        {
            throw lost;
        }

        if (placed is null && faults.All(answer => answer.Item2 is not null))
        {
            throw faults[0].Item2!;
        }
    }

    /// <summary>Whether any worker that can execute such a recipe answers.</summary>
    /// <returns>Null, or why not.</returns>
    public async Task<FaultException?> FindAbsenceAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        try
        {
            var workers = await WorkersFor(recipe).ListAsync(cancellationToken);
            var answers = await Task.WhenAll(workers.Select(worker => TryReachAsync(worker.Endpoint, cancellationToken)));
            return answers.All(fault => fault is not null) ? answers[0] : null;
        }
        catch (FaultException fault)
        {
            return fault;
        }
    }

    private static async Task<FaultException?> TryReachAsync(Endpoint worker, CancellationToken cancellationToken)
    {
        try
        {
            var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
            await worker.CallOnceAsync(options => jobs.ListJobsAsync(new V1.ListJobsRequest { PageSize = 1 }, options), cancellationToken);
            return null;
        }
        catch (FaultException fault)
        {
            return fault;
        }
    }

    private static async Task<FaultException?> TryCancelAsync(Endpoint worker, Digest job, CancellationToken cancellationToken)
    {
        try
        {
            var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
            await worker.CallAsync(options => jobs.CancelJobAsync(new V1.CancelJobRequest { Id = job.ToString() }, options), cancellationToken);
            return null;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
        {
            // A job nobody knows does not run.
            return null;
        }
        catch (FaultException fault)
        {
            return fault;
        }
    }

    private async IAsyncEnumerable<V1.WatchJobResponse> WatchPlacedAsync(
        IReadOnlyList<Worker> workers, Recipe recipe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var digest = RecipeCodec.DigestOf(recipe);
        if ((_placement.Find(digest) ?? await Placement.SearchAsync(workers, digest, cancellationToken)) is not { } worker)
        {
            throw new FaultException(FaultKind.Unavailable, $"None of the {workers.Count} workers has the job {digest}; start it and one goes on with it.");
        }

        _placement.Put(digest, worker);
        try
        {
            await using var updates = Updates(worker.Endpoint, recipe, revive: null, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveAsync(updates, worker))
            {
                yield return updates.Current;
            }
        }
        finally
        {
            _placement.Remove(digest);
        }
    }

    // A worker that forgot the job was restarted; one that does not answer may come back, but others need not wait for it.
    private static async Task<bool> MoveAsync(IAsyncEnumerator<V1.WatchJobResponse> updates, Worker worker)
    {
        try
        {
            return await updates.MoveNextAsync();
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
        {
            throw new FaultException(FaultKind.Unavailable, $"The worker at {worker.Address} was restarted and has lost the job; another may go on with it.", fault);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
        {
            worker.IsSilent();
            throw;
        }
    }

    private static IAsyncEnumerable<V1.WatchJobResponse> Updates(
        Endpoint worker, Recipe recipe, Func<CancellationToken, Task>? revive, CancellationToken cancellationToken)
    {
        var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
        var request = new V1.WatchJobRequest { Id = RecipeCodec.DigestOf(recipe).ToString() };
        return worker.WatchAsync(
            options => jobs.WatchJob(request, options),
            response => response.Job.State != V1.JobState.Running,
            isReopened: () => { },
            revive,
            cancellationToken);
    }

    private Workers WorkersFor(Recipe recipe) => recipe switch
    {
        TrainRecipe => _trainers,
        ExtractRecipe or MergeRecipe or CompareRecipe => _mergers,
        EvaluateRecipe => _evaluators,
        _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.GetType().Name, "No worker executes this recipe."),
    };

    private static Task<V1.Job> SubmitAsync(Endpoint worker, Recipe recipe, CancellationToken cancellationToken) =>
        worker.RetryAsync((_, token) => Submission.OnceAsync(worker, recipe, token), cancellationToken);

    // The job had its place before the worker forgot it, so its watcher waits for one.
    private static async Task SubmitPatientlyAsync(Endpoint worker, Recipe recipe, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await SubmitAsync(worker, recipe, cancellationToken);
                return;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Exhausted)
            {
                await Task.Delay(fault.RetryAfter ?? _defaultRetryAfter, worker.Time, cancellationToken);
            }
        }
    }
}
