using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Merger.Planning;
using Graft.Merger.Reading;
using Microsoft.Extensions.Options;

namespace Graft.Merger.Comparing;

/// <summary>Norms, angles and signs of several vectors or checkpoints, a tensor at a time.</summary>
internal sealed class CompareJob(StoreClient store, SourceReader sources, IOptions<MergerOptions> options, TimeProvider time)
{
    /// <summary>Looks for the result, or else checks that there can be one.</summary>
    /// <returns>The work that is left, for a job.</returns>
    /// <exception cref="FaultException">NotFound. Invalid: too few, too many, or they do not fit.</exception>
    public async Task<Func<JobContext, CancellationToken, Task>> PrepareAsync(CompareRecipe recipe, CancellationToken cancellationToken)
    {
        if (recipe.Artifacts.Count < 2 || recipe.Artifacts.Count > options.Value.MaxVectors)
        {
            throw FaultException.Invalid(
                $"A comparison takes 2 to {options.Value.MaxVectors} artifacts, not {recipe.Artifacts.Count}.", "recipe.artifacts");
        }

        if (await store.LookUpResultAsync(recipe, cancellationToken) is { } known)
        {
            return (job, _) => Finish(job, known);
        }

        var (kind, artifacts) = await ReadSourcesAsync(recipe, cancellationToken);
        var plan = ComparePlan.Of(artifacts);
        return async (job, token) =>
        {
            var json = ComparisonFile.Write(recipe.Artifacts, kind, await MeasureAsync(plan, job, token));
            var manifest = new Manifest(ArtifactKind.Evaluation) { Files = [await store.WriteFileAsync(ComparisonFile.Name, json, token)] };
            var artifact = await store.PutArtifactAsync(manifest, name: null, token);
            await store.PutResultAsync(recipe, artifact, token);
            await Finish(job, artifact);
        };
    }

    private static Task Finish(JobContext job, Digest artifact)
    {
        job.Output("result", artifact.ToString());
        return Task.CompletedTask;
    }

    private async Task<(ArtifactKind Kind, IReadOnlyList<ComparedSource> Artifacts)> ReadSourcesAsync(
        CompareRecipe recipe, CancellationToken cancellationToken)
    {
        var kind = await sources.KindAsync(recipe.Artifacts[0], cancellationToken);
        List<ComparedSource> artifacts = [];
        foreach (var digest in recipe.Artifacts)
        {
            var field = $"recipe.artifacts[{artifacts.Count}]";
            if (kind == ArtifactKind.DiffVector)
            {
                var vector = await sources.VectorAsync(digest, 1, field, cancellationToken);
                artifacts.Add(new ComparedSource(vector.FineTuned, vector.Pretrained));
            }
            else
            {
                artifacts.Add(new ComparedSource(
                    await sources.CheckpointAsync(digest, field, $"checkpoint {artifacts.Count + 1}", cancellationToken), null));
            }
        }

        return (kind, artifacts);
    }

    private async Task<List<(string, Geometry)>> MeasureAsync(ComparePlan plan, JobContext job, CancellationToken cancellationToken)
    {
        var progress = new TensorProgress(job, time, plan.Tensors.Count, plan.Tensors.Sum(tensor => tensor.Elements));
        List<(string, Geometry)> measured = [];
        foreach (var tensor in plan.Tensors)
        {
            var geometry = new TensorGeometry(tensor);
            var sliceBytes = options.Value.SliceBytesOf(tensor.Reads.Count);
            await foreach (var slices in TensorSlices.ReadAsync(store, tensor.Reads, tensor.Elements, sliceBytes, cancellationToken))
            {
                geometry.Add(slices);
            }

            measured.Add((tensor.Name, geometry.Sum()));
            progress.Done(tensor.Elements);
        }

        return measured;
    }
}
