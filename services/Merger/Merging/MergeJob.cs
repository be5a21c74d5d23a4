using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Hosting.Jobs;
using Graft.Merger.Arithmetic;
using Graft.Merger.Planning;
using Graft.Merger.Reading;
using Microsoft.Extensions.Options;

namespace Graft.Merger.Merging;

/// <summary>base + sum_k scale_k * vector_k, a tensor at a time: while one is being written, the next is computed.</summary>
internal sealed class MergeJob(StoreClient store, SourceReader sources, IOptions<MergerOptions> options, TimeProvider time)
{
    /// <summary>Looks for the result, or else checks that there can be one.</summary>
    /// <returns>The work that is left, for a job.</returns>
    /// <exception cref="Faults.FaultException">NotFound. Invalid: something does not fit.</exception>
    public async Task<Func<JobContext, CancellationToken, Task>> PrepareAsync(MergeRecipe recipe, CancellationToken cancellationToken)
    {
        MergePlan.CheckRecipe(recipe, options.Value.MaxVectors);
        if (await store.LookUpResultAsync(recipe, cancellationToken) is { } known)
        {
            return (job, _) => Finish(job, known);
        }

        var start = await sources.CheckpointAsync(recipe.Base, "recipe.base", "the base", cancellationToken);
        List<VectorSource> vectors = [];
        foreach (var (digest, scale) in recipe.Vectors)
        {
            vectors.Add(await sources.VectorAsync(digest, scale, $"recipe.vectors[{vectors.Count}].vector", cancellationToken));
        }

        var plan = MergePlan.Of(start, vectors, recipe.ConfigFrom, recipe.TokenizerFrom);
        return async (job, token) =>
        {
            var tensors = await MergeAsync(plan, job, token);
            var merged = new Manifest(ArtifactKind.Checkpoint) { Tensors = tensors, Files = plan.Files };
            var artifact = await store.PutArtifactAsync(merged, name: null, token);
            await store.PutResultAsync(recipe, artifact, token);
            await Finish(job, artifact);
        };
    }

    private static Task Finish(JobContext job, Digest artifact)
    {
        job.Output("result", artifact.ToString());
        return Task.CompletedTask;
    }

    private async Task<List<TensorEntry>> MergeAsync(MergePlan plan, JobContext job, CancellationToken cancellationToken)
    {
        var progress = new TensorProgress(job, time, plan.Tensors.Count, plan.Tensors.Sum(tensor => tensor.Size));
        List<TensorEntry> written = [];
        Task<TensorEntry>? writing = null;
        try
        {
            foreach (var tensor in plan.Tensors)
            {
                var bytes = await MergeAsync(tensor, plan.Scales, cancellationToken);
                if (writing is not null)
                {
                    written.Add(await writing);
                }

                writing = Task.Run(() => WriteAsync(tensor, bytes, cancellationToken), cancellationToken);
                progress.Done(tensor.Size);
            }

            if (writing is not null)
            {
                written.Add(await writing);
            }

            return written;
        }
        finally
        {
            await Task.WhenAny(writing ?? Task.CompletedTask);
        }
    }

    private async Task<byte[]> MergeAsync(MergeTensor tensor, IReadOnlyList<double> scales, CancellationToken cancellationToken)
    {
        var result = GC.AllocateUninitializedArray<byte>((int)tensor.Size);
        TensorEntry[] sources = [tensor.Start, .. tensor.Pairs.SelectMany(pair => new[] { pair.FineTuned, pair.Pretrained })];
        var slices = TensorSlices.ReadAsync(store, sources, result.Length, options.Value.SliceBytes, cancellationToken);
        var begin = 0;
        await foreach (var slice in slices)
        {
            Term[] terms = [.. scales.Select((scale, k) => new Term(slice[(2 * k) + 1], slice[(2 * k) + 2], scale))];
            LinearMerge.Run(tensor.Start.DType, slice[0].Span, terms, result.AsSpan(begin, slice[0].Length));
            begin += slice[0].Length;
        }

        return result;
    }

    // The base is what the result differs least from; a tensor that has grown has nothing of its length to be compared with.
    private Task<TensorEntry> WriteAsync(MergeTensor tensor, byte[] bytes, CancellationToken cancellationToken) =>
        store.WriteTensorAsync(
            tensor.Start.Name,
            tensor.Start.DType,
            tensor.Shape,
            bytes,
            tensor.Size == tensor.Start.Size ? tensor.Start.Sha256 : null,
            cancellationToken);
}
