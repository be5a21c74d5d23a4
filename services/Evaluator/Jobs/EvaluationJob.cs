using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Tasks;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Graft.Modeling.Devices;
using Graft.Modeling.Native;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Graft.Evaluator.Jobs;

/// <summary>
/// Executes an evaluation recipe: everything that can be wrong is found before the weights are read. What the model has said is saved every
/// <see cref="EvaluatorOptions.StateInterval"/> and when the job is cancelled, and a job begun before goes on from there.
/// </summary>
internal sealed class EvaluationJob(
    StoreClient store, ComputeDevices devices, IOptions<EvaluatorOptions> options, EvaluatorMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan _lastSaveLimit = TimeSpan.FromSeconds(5);

    public async Task RunAsync(EvaluateRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        var digest = await store.LookUpResultAsync(recipe, cancellationToken) ?? await EvaluateAsync(recipe, job, cancellationToken);
        job.Output("result", digest.ToString());
    }

    private async Task<Digest> EvaluateAsync(EvaluateRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        var contents = new StoreContentReader(store);
        var (evaluation, header) = await PrepareAsync(recipe, contents, cancellationToken);
        var id = RecipeCodec.DigestOf(recipe);
        var states = new ResponseStore(store, id);
        var responses = evaluation.Responses();
        await states.RestoreAsync(responses, cancellationToken);
        var progress = new EvaluationProgress(job, evaluation.Requests, evaluation.Tokens, evaluation.Done(responses), time);

        TorchRuntime.Load();
        set_num_threads(options.Value.Threads);
        using (var lease = await devices.Pool(options.Value.Device, EvaluatorOptions.DeviceName).TakeAsync(id.ToString(), cancellationToken))
        using (var model = await LoadAsync(recipe, header, device(lease.Device), contents, cancellationToken))
        {
            using var span = GraftTracing.Source.StartActivity("score requests");
            span?.SetTag("graft.requests", evaluation.Requests);
            await ComputeAsync(evaluation.Run(model.Transformer, BatchLimits.Of(options.Value, header.Config), responses, cancellationToken), responses, states, progress, cancellationToken);
        }

        var result = evaluation.Grade(responses);
        var digest = await PublishAsync(recipe, result, cancellationToken);
        metrics.Add(recipe.Rules, result);
        await states.ForgetAsync(cancellationToken);
        return digest;
    }

    private static async Task<LoadedModel> LoadAsync(
        EvaluateRecipe recipe, CheckpointHeader header, Device device, StoreContentReader contents, CancellationToken cancellationToken)
    {
        using var span = GraftTracing.Source.StartActivity("load model");
        return await LoadedModel.ReadAsync(header, recipe.ComputeDType, device, contents, cancellationToken);
    }

    private async Task<(TaskEvaluation Evaluation, CheckpointHeader Header)> PrepareAsync(
        EvaluateRecipe recipe, StoreContentReader contents, CancellationToken cancellationToken)
    {
        var requests = await store.GetArtifactAsync(recipe.Requests.ToString(), cancellationToken);
        var checkpoint = await store.GetArtifactAsync(recipe.Checkpoint.ToString(), cancellationToken);
        var files = await RequestFiles.ReadAsync(requests.Manifest, contents, cancellationToken);
        var fewShot = recipe.FewShot is { } examples
            ? await RequestFiles.ReadFewShotAsync((await store.GetArtifactAsync(examples.ToString(), cancellationToken)).Manifest, contents, cancellationToken)
            : [];
        var header = await CheckpointHeader.ReadAsync(checkpoint.Manifest, contents, cancellationToken);
        var task = TaskSource.Make(recipe.Rules, files, new FewShotFiles(fewShot), header.Tokenizer);
        return (new TaskEvaluation(task, AskingRules.Of(recipe), header), header);
    }

    private async Task ComputeAsync(
        IEnumerable<WorkDone> batches, ResponseSet responses, ResponseStore states, EvaluationProgress progress, CancellationToken cancellationToken)
    {
        var saved = time.GetTimestamp();
        try
        {
            foreach (var done in batches)
            {
                metrics.Add(done);
                progress.Add(done);
                if (time.GetElapsedTime(saved) >= options.Value.StateInterval)
                {
                    await states.SaveAsync(responses, cancellationToken);
                    saved = time.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && responses.Count > 0)
        {
            using var limit = new CancellationTokenSource(_lastSaveLimit, time);
            await states.SaveAsync(responses, limit.Token);
            throw;
        }
    }

    private async Task<Digest> PublishAsync(EvaluateRecipe recipe, TaskResult result, CancellationToken cancellationToken)
    {
        var manifest = new Manifest(ArtifactKind.Evaluation)
        {
            Files =
            [
                await store.WriteFileAsync("samples.jsonl", result.Samples, cancellationToken),
                await store.WriteFileAsync(ScoresFile.Path, ScoresFile.Write(result), cancellationToken),
            ],
        };
        var digest = await store.PutArtifactAsync(manifest, name: null, cancellationToken);
        await store.PutResultAsync(recipe, digest, cancellationToken);
        return digest;
    }
}
