using System.Runtime.CompilerServices;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client.Calls;
using Graft.Client.Calls.Placement;
using Graft.Client.Messages;
using Graft.Faults;

namespace Graft.Client;

/// <summary>Has recipes executed by the worker they are for: the trainer, the merger or the evaluator.</summary>
public sealed partial class WorkerClient
{
    // When a worker that is full does not say how long to wait.
    private static readonly TimeSpan _defaultRetryAfter = TimeSpan.FromSeconds(1);

    private readonly Endpoint _trainer;
    private readonly Endpoint _merger;
    private readonly Endpoint _evaluator;

    internal WorkerClient(Endpoint trainer, Endpoint merger, Endpoint evaluator)
    {
        _trainer = trainer;
        _merger = merger;
        _evaluator = evaluator;
    }

    /// <summary>Starts the job of a recipe, or attaches to it when it runs or has succeeded.</summary>
    /// <exception cref="FaultException">Exhausted with RetryAfter: the worker is full. Invalid: it cannot be done; the field is named.</exception>
    public async Task<JobStatus> StartAsync(Recipe recipe, CancellationToken cancellationToken) =>
        JobMessages.ToStatus(await SubmitAsync(WorkerOf(recipe), recipe, cancellationToken));

    /// <summary>What a merge would do, and everything that stands against it; reads no tensor.</summary>
    /// <exception cref="FaultException">NotFound: an artifact.</exception>
    public Task<V1.PlanMergeResponse> PlanMergeAsync(MergeRecipe recipe, CancellationToken cancellationToken)
    {
        var request = new V1.PlanMergeRequest { Recipe = MergeRecipeCodec.ToProto(recipe) };
        return _merger.CallAsync(options => new V1.MergerService.MergerServiceClient(_merger.Invoker).PlanMergeAsync(request, options), cancellationToken);
    }

    /// <summary>
    /// The job of a recipe as it stands and after each change, until it ends. The stream survives a connection that breaks; a job
    /// that its worker forgot (because it was restarted) is started again.
    /// </summary>
    /// <exception cref="FaultException">Unavailable: the worker was away for longer than the client's patience.</exception>
    public async IAsyncEnumerable<JobStatus> WatchAsync(Recipe recipe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var worker = WorkerOf(recipe);
        var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
        var request = new V1.WatchJobRequest { Id = RecipeCodec.DigestOf(recipe).ToString() };
        var updates = worker.WatchAsync(
            options => jobs.WatchJob(request, JobPlacement.About(options, request.Id)),
            response => response.Job.State != V1.JobState.Running,
            isReopened: () => { },
            revive: token => SubmitPatientlyAsync(worker, recipe, token),
            cancellationToken);
        await foreach (var update in updates)
        {
            yield return JobMessages.ToStatus(update.Job);
        }

        worker.Placement.Forget(request.Id);
    }

    /// <summary>Asks the job of a recipe to stop. Nothing happens when it has ended or never began.</summary>
    public async Task CancelAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        var worker = WorkerOf(recipe);
        var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
        var request = new V1.CancelJobRequest { Id = RecipeCodec.DigestOf(recipe).ToString() };
        await FindAsync(worker, request.Id, cancellationToken);
        try
        {
            await worker.CallAsync(options => jobs.CancelJobAsync(request, JobPlacement.About(options, request.Id)), cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
        {
            // A job nobody knows does not run.
        }
    }

    private Endpoint WorkerOf(Recipe recipe) => recipe switch
    {
        TrainRecipe => _trainer,
        ExtractRecipe or MergeRecipe or CompareRecipe => _merger,
        EvaluateRecipe => _evaluator,
        _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.GetType().Name, "No worker executes this recipe."),
    };

    private static Task<V1.Job> SubmitAsync(Endpoint worker, Recipe recipe, CancellationToken cancellationToken)
    {
        var message = RecipeCodec.ToProto(recipe);
        var job = RecipeCodec.DigestOf(recipe).ToString();
        return worker.RetryAsync(
            (_, token) => SubmitToAnyAsync(worker, job, attempt => SubmitOnceAsync(worker, message, job, attempt), token), cancellationToken);
    }

    private static async Task<V1.Job> SubmitOnceAsync(Endpoint worker, V1.Recipe message, string job, CancellationToken cancellationToken) =>
        message.KindCase switch
        {
            V1.Recipe.KindOneofCase.Train => (await worker.CallOnceAsync(
                options => new V1.TrainerService.TrainerServiceClient(worker.Invoker)
                    .TrainAsync(new V1.TrainRequest { Recipe = message.Train }, JobPlacement.About(options, job)), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Extract => (await worker.CallOnceAsync(
                options => new V1.MergerService.MergerServiceClient(worker.Invoker)
                    .ExtractAsync(new V1.ExtractRequest { Recipe = message.Extract }, JobPlacement.About(options, job)), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Merge => (await worker.CallOnceAsync(
                options => new V1.MergerService.MergerServiceClient(worker.Invoker)
                    .MergeAsync(new V1.MergeRequest { Recipe = message.Merge }, JobPlacement.About(options, job)), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Compare => (await worker.CallOnceAsync(
                options => new V1.MergerService.MergerServiceClient(worker.Invoker)
                    .CompareAsync(new V1.CompareRequest { Recipe = message.Compare }, JobPlacement.About(options, job)), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Evaluate => (await worker.CallOnceAsync(
                options => new V1.EvaluatorService.EvaluatorServiceClient(worker.Invoker)
                    .EvaluateAsync(new V1.EvaluateRequest { Recipe = message.Evaluate }, JobPlacement.About(options, job)), cancellationToken)).Job,
            _ => throw new ArgumentOutOfRangeException(nameof(message), message.KindCase, "No worker executes this recipe."),
        };

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
