using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Cli.Report.Geometry;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Report;

/// <summary>What a run and its store tell beside the scores: states, times, sizes, comparisons of weights.</summary>
internal static class RunFactsReader
{
    private const int ParallelReads = 16;

    public static RunFacts Of(V1.Run run) => new(run.Id, run.Name, run.State)
    {
        Steps = [.. run.Steps.Select(Of)],
        Inputs = new OrderedDictionary<string, Digest>((run.Spec?.Inputs ?? []).DistinctBy(input => input.Reference)
            .Select(input => KeyValuePair.Create(input.Reference, Digest.Parse(input.Artifact)))),
    };

    /// <summary>Adds what costs reads: sizes of artifacts, times of the jobs behind hits from the runs that did them, comparisons.</summary>
    public static async Task<Results> CompleteAsync(Results results, StoreClient store, CoordinatorClient coordinator, CancellationToken cancellationToken)
    {
        if (results.Run is not { } run)
        {
            return results;
        }

        var sizes = await SizesAsync(run, store, cancellationToken);
        var times = run.Steps.Any(step => step.State == V1.StepState.Hit)
            ? await TimesAsync(run.Id, coordinator, cancellationToken)
            : new Dictionary<Digest, TimeSpan>();
        return results with
        {
            Run = run with
            {
                Steps =
                [
                    .. run.Steps.Select(step => step with
                    {
                        StoredBytes = step.Artifact is { } artifact && sizes.TryGetValue(artifact, out var size) ? size : null,
                        Saved = step is { State: V1.StepState.Hit, Recipe: { } recipe } && times.TryGetValue(recipe, out var time) ? time : null,
                    }),
                ],
            },
            Geometry = await ComparisonsAsync(results, run, store, cancellationToken),
        };
    }

    private static StepFacts Of(V1.Step step) => new(step.Id, step.Kind, step.State)
    {
        Needs = [.. step.Needs],
        Recipe = step.Recipe.Length > 0 ? Digest.Parse(step.Recipe) : null,
        Artifact = step.Artifact.Length > 0 ? Digest.Parse(step.Artifact) : null,
        Error = step.Error?.Message,
        Elapsed = step.Elapsed?.ToTimeSpan(),
    };

    private static async Task<IReadOnlyDictionary<Digest, long>> SizesAsync(RunFacts run, StoreClient store, CancellationToken cancellationToken)
    {
        var sizes = new ConcurrentDictionary<Digest, long>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(run.Steps.Select(step => step.Artifact).OfType<Digest>().Distinct(), options, async (artifact, token) =>
        {
            try
            {
                sizes[artifact] = (await store.GetArtifactAsync(artifact.ToString(), token)).StoredSize;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
            {
                // Collected since: it costs nothing now.
            }
        });
        return sizes;
    }

    /// <summary>By recipe, from every other run that executed it; the artifacts themselves hold no times.</summary>
    private static async Task<IReadOnlyDictionary<Digest, TimeSpan>> TimesAsync(
        string except, CoordinatorClient coordinator, CancellationToken cancellationToken)
    {
        var times = new Dictionary<Digest, TimeSpan>();
        await foreach (var summary in coordinator.ListAsync(cancellationToken))
        {
            if (summary.Id == except)
            {
                continue;
            }

            foreach (var step in (await coordinator.GetAsync(summary.Id, cancellationToken)).Steps)
            {
                if (step is { Elapsed: not null, Recipe.Length: > 0 })
                {
                    times.TryAdd(Digest.Parse(step.Recipe), step.Elapsed.ToTimeSpan());
                }
            }
        }

        return times;
    }

    private static async Task<IReadOnlyList<WeightComparison>> ComparisonsAsync(
        Results results, RunFacts run, StoreClient store, CancellationToken cancellationToken)
    {
        var names = StudyNames.Of(results, run);
        List<WeightComparison> comparisons = [];
        foreach (var artifact in run.Steps.Where(step => step.Kind == "compare").Select(step => step.Artifact).OfType<Digest>().Distinct())
        {
            var manifest = (await store.GetArtifactAsync(artifact.ToString(), cancellationToken)).Manifest;
            var file = manifest.File(WeightComparison.File)
                ?? throw FaultException.Corrupt($"The comparison {artifact.Short} has no {WeightComparison.File}.");
            comparisons.Add(WeightComparison.Parse(
                await store.ReadAsync(file.Sha256, file.Size, cancellationToken), digest => names.GetValueOrDefault(digest) ?? digest.Short));
        }

        return comparisons;
    }
}
