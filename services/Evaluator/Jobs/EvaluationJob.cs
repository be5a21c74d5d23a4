using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Tasks;
using Graft.Hosting.Jobs;
using Graft.Modeling.Native;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Graft.Evaluator.Jobs;

/// <summary>Executes an evaluation recipe: everything that can be wrong is found before the weights are read.</summary>
internal sealed class EvaluationJob(StoreClient store, IOptions<EvaluatorOptions> options, EvaluatorMetrics metrics, TimeProvider time)
{
    public async Task RunAsync(EvaluateRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        var digest = await store.LookUpResultAsync(recipe, cancellationToken) ?? await EvaluateAsync(recipe, job, cancellationToken);
        job.Output("result", digest.ToString());
    }

    private async Task<Digest> EvaluateAsync(EvaluateRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        var requests = await store.GetArtifactAsync(recipe.Requests.ToString(), cancellationToken);
        var checkpoint = await store.GetArtifactAsync(recipe.Checkpoint.ToString(), cancellationToken);
        var contents = new StoreContentReader(store);
        var files = await RequestFiles.ReadAsync(requests.Manifest, contents, cancellationToken);
        var header = await CheckpointHeader.ReadAsync(checkpoint.Manifest, contents, cancellationToken);
        var task = TaskEvaluation.Prepare(recipe.Rules, files, header);
        job.Report(0, task.Requests, "items");

        TorchRuntime.Load();
        set_num_threads(options.Value.Threads);
        using var model = await LoadedModel.ReadAsync(header, recipe.ComputeDType, contents, cancellationToken);
        var progress = new EvaluationProgress(job, task.Requests, task.Tokens, time);
        var result = task.Run(
            model.Transformer,
            BatchLimits.Of(options.Value, header.Config),
            (items, tokens) =>
            {
                metrics.Add(items, tokens);
                progress.Add(items, tokens);
            },
            cancellationToken);
        return await PublishAsync(recipe, result, cancellationToken);
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
