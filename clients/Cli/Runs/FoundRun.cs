using Graft.Cli.Report;
using Graft.Client;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Cli.Runs;

/// <summary>Finds a run the way users name one, and reads what it measured.</summary>
internal static class FoundRun
{
    /// <param name="coordinator">Knows the runs.</param>
    /// <param name="reference">Id, or name (the newest of that name); null for the newest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound: with the names there are.</exception>
    public static async Task<V1.Run> FindAsync(CoordinatorClient coordinator, string? reference, CancellationToken cancellationToken)
    {
        List<string> known = [];
        await foreach (var run in coordinator.ListAsync(cancellationToken))
        {
            if (reference is null || run.Id == reference || run.Name == reference)
            {
                return await coordinator.GetAsync(run.Id, cancellationToken);
            }

            known.Add(run.Name);
        }

        throw FaultException.NotFound(
            known.Count == 0
                ? "There is no run in this store yet; graft run and graft demo make one."
                : $"There is no run '{reference}'; these are, newest first: {string.Join(", ", known.Distinct().Take(8))}.");
    }

    /// <summary>Everything a report shows of a run, complete or not.</summary>
    /// <param name="run">The run with its steps and spec.</param>
    /// <param name="stages">Stage of each checkpoint in the order of the trajectory, where the caller says it; else null.</param>
    /// <param name="store">Has its artifacts.</param>
    /// <param name="coordinator">Knows the runs that did what was a hit here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Results> ReadAsync(
        V1.Run run, IReadOnlyList<int>? stages, StoreClient store, CoordinatorClient coordinator, CancellationToken cancellationToken)
    {
        var seed = run.Spec is { Yaml.Length: > 0 } ? RunSpec.Parse(run.Spec.Yaml).Seed : 0;
        var wall = run is { Started: not null, Ended: not null } ? run.Ended.ToDateTime() - run.Started.ToDateTime() : TimeSpan.Zero;
        var results = await ResultsBuilder.BuildAsync(run, new StudyInfo(checked((long)seed), run.Name, wall), store, cancellationToken);
        return await RunFactsReader.CompleteAsync(results with { Stages = StagesOf(results, stages) }, store, coordinator, cancellationToken);
    }

    private static IReadOnlyDictionary<string, int> StagesOf(Results results, IReadOnlyList<int>? stages)
    {
        if (stages is not { Count: > 0 } || results.Tasks.Count == 0)
        {
            return results.Stages;
        }

        var trajectory = results.Tasks.First().Value.Trajectory;
        return stages.Count == trajectory.Count
            ? trajectory.Zip(stages).ToDictionary(stage => stage.First, stage => stage.Second)
            : throw FaultException.Invalid($"--stages is of {stages.Count} checkpoints, but the trajectory has {trajectory.Count}: {string.Join(", ", trajectory)}.");
    }
}
