namespace Graft.Cli.Report;

/// <summary>Costs of the steps of one kind.</summary>
/// <param name="Kind">"train", "merge" and so on, or "all".</param>
/// <param name="Steps">All of them.</param>
/// <param name="Done">Executed in this run.</param>
/// <param name="Time">Of their jobs.</param>
/// <param name="Hits">Whose result was there before.</param>
/// <param name="Saved">Time the jobs of the hits took in the runs that did them.</param>
/// <param name="UnknownHits">Hits of which no run tells the time; checkpoints, whose time is that of their training, are none of them.</param>
/// <param name="Bytes">Kept by the store for their artifacts; null where unknown.</param>
internal sealed record KindCost(string Kind, int Steps, int Done, TimeSpan Time, int Hits, TimeSpan Saved, int UnknownHits, long? Bytes);

/// <summary>What a run cost and what its cache saved.</summary>
internal sealed record RunCosts(IReadOnlyList<KindCost> Kinds, KindCost Total)
{
    private const string Checkpoint = "checkpoint";

    public static RunCosts Of(RunFacts run)
    {
        var trained = run.Steps.Where(step => step is { Kind: "train", State: V1.StepState.Succeeded }).Select(step => step.Id).ToHashSet();
        // Its training puts it into the store before its own step looks for it there: that is no hit.
        List<StepFacts> steps =
        [
            .. run.Steps.Select(step => step is { Kind: Checkpoint, State: V1.StepState.Hit } && step.Needs.Any(trained.Contains)
                ? step with { State = V1.StepState.Succeeded }
                : step),
        ];
        return new RunCosts([.. steps.GroupBy(step => step.Kind).Select(kind => Cost(kind.Key, [.. kind]))], Cost("all", steps));
    }

    /// <summary>A checkpoint waits for its training: its time is part of that, and is not counted again.</summary>
    private static KindCost Cost(string kind, List<StepFacts> steps)
    {
        var timed = steps.Where(step => step.Kind != Checkpoint).ToList();
        var sizes = steps.Where(step => step.Artifact is not null).DistinctBy(step => step.Artifact).Select(step => step.StoredBytes).OfType<long>().ToList();
        return new KindCost(
            kind,
            steps.Count,
            steps.Count(step => step.State == V1.StepState.Succeeded),
            Sum(timed.Select(step => step.Elapsed)),
            steps.Count(step => step.State == V1.StepState.Hit),
            Sum(timed.Select(step => step.Saved)),
            timed.Count(step => step is { State: V1.StepState.Hit, Saved: null }),
            sizes.Count > 0 ? sizes.Sum() : null);
    }

    private static TimeSpan Sum(IEnumerable<TimeSpan?> times) => times.Aggregate(TimeSpan.Zero, (sum, time) => sum + (time ?? TimeSpan.Zero));
}
