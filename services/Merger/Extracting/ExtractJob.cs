using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Graft.Merger.Arithmetic;
using Graft.Merger.Planning;
using Graft.Merger.Reading;
using Microsoft.Extensions.Options;

namespace Graft.Merger.Extracting;

/// <summary>
/// FT - PT. The vector's numbers are those of its two checkpoints, which the store keeps; what is made here is the manifest that binds
/// them, with the norm of each tensor.
/// </summary>
internal sealed class ExtractJob(StoreClient store, SourceReader sources, MergerMetrics metrics, IOptions<MergerOptions> options, TimeProvider time)
{
    /// <summary>Looks for the result, or else checks that there can be one.</summary>
    /// <returns>The work that is left, for a job.</returns>
    /// <exception cref="Faults.FaultException">NotFound. Invalid: the two do not fit.</exception>
    public async Task<Func<JobContext, CancellationToken, Task>> PrepareAsync(ExtractRecipe recipe, CancellationToken cancellationToken)
    {
        if (await store.LookUpResultAsync(recipe, cancellationToken) is { } known)
        {
            return (job, _) => Finish(job, known);
        }

        var plan = ExtractPlan.Of(
            await sources.CheckpointAsync(recipe.FineTuned, "recipe.fine_tuned", "FT", cancellationToken),
            await sources.CheckpointAsync(recipe.Pretrained, "recipe.pretrained", "PT", cancellationToken));
        return async (job, token) =>
        {
            var norms = await MeasureAsync(plan, job, token);
            var vector = new DiffVector(recipe.FineTuned, recipe.Pretrained, norms);
            var artifact = await store.PutArtifactAsync(new Manifest(ArtifactKind.DiffVector) { DiffVector = vector }, name: null, token);
            await store.PutResultAsync(recipe, artifact, token);
            await Finish(job, artifact);
        };
    }

    private static Task Finish(JobContext job, Digest artifact)
    {
        job.Output("result", artifact.ToString());
        return Task.CompletedTask;
    }

    private async Task<List<TensorNorm>> MeasureAsync(ExtractPlan plan, JobContext job, CancellationToken cancellationToken)
    {
        using var span = GraftTracing.Source.StartActivity("measure norms");
        span?.SetTag("graft.tensors", plan.Pairs.Count);
        var progress = new TensorProgress(job, time, plan.Pairs.Count, plan.Pairs.Sum(pair => pair.FineTuned.Size));
        List<TensorNorm> norms = [];
        foreach (var pair in plan.Pairs)
        {
            var norm = new DifferenceNorm(pair.FineTuned.DType, pair.Pretrained.DType);
            var slices = TensorSlices.ReadAsync(
                store, [pair.FineTuned, pair.Pretrained], pair.FineTuned.Elements, options.Value.SliceBytesOf(2), cancellationToken);
            await foreach (var slice in slices)
            {
                norm.Add(slice[0].Span, slice[1].Span);
            }

            norms.Add(new TensorNorm(pair.FineTuned.Name, norm.Vector, norm.Base));
            metrics.Extracted(pair.FineTuned.Size + pair.Pretrained.Size);
            progress.Done(pair.FineTuned.Size);
        }

        return norms;
    }
}
