using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Graft.Merger.Methods;
using Graft.Merger.Planning;
using Graft.Merger.Reading;
using Microsoft.Extensions.Options;

namespace Graft.Merger.Merging;

/// <summary>Vectors added to a base, a tensor at a time: while one is being written, the next is computed.</summary>
internal sealed class MergeJob(
    StoreClient store, SourceReader sources, MergeSpeed speed, MergerMetrics metrics, IOptions<MergerOptions> options, TimeProvider time)
{
    // Two contents on their way to the store, in pieces of 4 MiB of which two are held.
    private const long TransferBytes = 2 * 8 << 20;

    /// <summary>Looks for the result, or else checks that there can be one.</summary>
    /// <returns>The work that is left, for a job.</returns>
    /// <exception cref="FaultException">NotFound. Invalid: something does not fit.</exception>
    public async Task<Func<JobContext, CancellationToken, Task>> PrepareAsync(MergeRecipe recipe, CancellationToken cancellationToken)
    {
        var problems = new Problems();
        CheckSettings(recipe, problems);
        problems.ThrowIfAny();
        if (await store.LookUpResultAsync(recipe, cancellationToken) is { } known)
        {
            return (job, _) => Finish(job, known);
        }

        var plan = await ExamineAsync(recipe, problems, cancellationToken);
        problems.ThrowIfAny();
        return async (job, token) =>
        {
            var began = time.GetTimestamp();
            var tensors = await TraceAsync(plan!, job, token);
            speed.Record(plan!.ReadBytes + plan.WriteBytes, time.GetElapsedTime(began));
            var merged = new Manifest(ArtifactKind.Checkpoint) { Tensors = tensors, Files = [.. plan.Files.Select(file => file.Entry)] };
            var artifact = await store.PutArtifactAsync(merged, name: null, token);
            await store.PutResultAsync(recipe, artifact, token);
            await Finish(job, artifact);
        };
    }

    /// <summary>What <see cref="PrepareAsync"/> and its work would do: reads manifests and configs, no tensor.</summary>
    /// <exception cref="FaultException">NotFound: an artifact.</exception>
    public async Task<Preflight> PlanAsync(MergeRecipe recipe, CancellationToken cancellationToken)
    {
        var problems = new Problems();
        CheckSettings(recipe, problems);
        var plan = await ExamineAsync(recipe, problems, cancellationToken);
        return plan is null || problems.Any ? new Preflight(problems.All) : Describe(plan);
    }

    private void CheckSettings(MergeRecipe recipe, Problems problems) =>
        MergeSettings.Of(recipe).Check([.. recipe.Vectors.Select(vector => vector.Scale)], options.Value.MaxVectors, problems);

    // What cannot be read is told, and the rest is looked at all the same.
    private async Task<MergePlan?> ExamineAsync(MergeRecipe recipe, Problems problems, CancellationToken cancellationToken)
    {
        var start = await TryAsync(() => sources.CheckpointAsync(recipe.Base, "recipe.base", "the base", cancellationToken), problems);
        List<VectorSource> vectors = [];
        for (var i = 0; i < recipe.Vectors.Count; i++)
        {
            var (digest, scale) = recipe.Vectors[i];
            var field = $"recipe.vectors[{i}].vector";
            if (await TryAsync(() => sources.VectorAsync(digest, scale, field, cancellationToken), problems) is { } vector)
            {
                vectors.Add(vector);
            }
        }

        return start is null || vectors.Count == 0 ? null : MergePlan.Examine(start, vectors, MergeSettings.Of(recipe), problems);
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> read, Problems problems)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
        {
            problems.Add(fault.Field ?? "recipe", fault.Message);
            return null;
        }
    }

    private Preflight Describe(MergePlan plan)
    {
        var (settings, streams) = (options.Value, plan.Tensors.Max(tensor => tensor.Reads.Count));
        var slices = 3L * streams * settings.SliceBytesOf(streams);
        var results = 2 * Math.Min(plan.Tensors.Max(tensor => tensor.Size), settings.InMemoryBytes);
        var counters = plan.Settings.Method is MergeMethod.Ties { Density: < 1 } ? MagnitudeSelection.CounterBytes : 0;
        return new Preflight(
            [],
            plan.Tensors.Count,
            plan.Parameters,
            plan.ReadBytes,
            plan.WriteBytes,
            slices + results + counters + TransferBytes,
            speed.Estimate(plan.ReadBytes + plan.WriteBytes));
    }

    private async Task<List<TensorEntry>> TraceAsync(MergePlan plan, JobContext job, CancellationToken cancellationToken)
    {
        using var span = GraftTracing.Source.StartActivity("merge tensors");
        span?.SetTag("graft.tensors", plan.Tensors.Count).SetTag("graft.bytes.read", plan.ReadBytes).SetTag("graft.bytes.written", plan.WriteBytes);
        return await MergeAsync(plan, job, cancellationToken);
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
                if (tensor.IsCopy)
                {
                    // The store has it.
                    written.Add(tensor.Start with { Shape = tensor.Shape });
                }
                else
                {
                    var merged = await MergeAsync(tensor, plan.Settings, cancellationToken);
                    if (writing is not null)
                    {
                        written.Add(await writing);
                    }

                    writing = Task.Run(() => WriteAsync(merged, cancellationToken), CancellationToken.None);
                }

                metrics.Merged(tensor);
                progress.Done(tensor.Size);
            }

            if (writing is not null)
            {
                written.Add(await writing);
            }

            return [.. written.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        finally
        {
            await Task.WhenAny(writing ?? Task.CompletedTask);
        }
    }

    private async Task<SpooledTensor> MergeAsync(MergeTensor tensor, MergeSettings settings, CancellationToken cancellationToken)
    {
        var method = TensorMethod.For(settings.Method, tensor);
        var merge = new SliceMerge(method, tensor, settings.Cast);
        await SurveyAsync(tensor, method, merge, cancellationToken);
        var result = new SpooledTensor(tensor, options.Value);
        try
        {
            var begin = 0L;
            await foreach (var slices in SlicesAsync(tensor.Reads, tensor, cancellationToken))
            {
                var bytes = slices[0].Length / tensor.Start.DType.Size() * tensor.DType.Size();
                merge.Run(begin, slices, result.Next(bytes));
                result.Advance(bytes);
                begin += bytes / tensor.DType.Size();
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private async Task SurveyAsync(MergeTensor tensor, TensorMethod method, SliceMerge merge, CancellationToken cancellationToken)
    {
        for (var term = 0; term < tensor.Terms.Count; term++)
        {
            while (method.WantsSurvey(term))
            {
                TensorEntry[] pair = [tensor.Terms[term].FineTuned, tensor.Terms[term].Pretrained!];
                await foreach (var slices in SlicesAsync(pair, tensor, cancellationToken))
                {
                    merge.Survey(term, slices[0].Span, slices[1].Span);
                }

                method.EndSurvey(term);
            }
        }
    }

    private IAsyncEnumerable<ReadOnlyMemory<byte>[]> SlicesAsync(
        IReadOnlyList<TensorEntry> entries, MergeTensor tensor, CancellationToken cancellationToken) =>
        TensorSlices.ReadAsync(store, entries, tensor.Elements, options.Value.SliceBytesOf(entries.Count), cancellationToken);

    private async Task<TensorEntry> WriteAsync(SpooledTensor merged, CancellationToken cancellationToken)
    {
        using (merged)
        {
            return await merged.WriteAsync(store, cancellationToken);
        }
    }
}
