namespace Graft.Cli.Report.Claims;

/// <summary>Claims about merges that were not trained.</summary>
internal static class MergeClaims
{
    /// <param name="task">Its scores.</param>
    /// <param name="stages">Pretraining stage of each checkpoint; without it nothing is claimed about stages.</param>
    public static IEnumerable<Claim> Of(TaskResults task, IReadOnlyDictionary<string, int> stages)
    {
        var metric = Metric.Of(task.Metric);
        return
        [
            .. NearestHelps(task, metric),
            .. NearestIsBest(task, metric),
            .. AcrossStages(task, metric, stages),
            .. WithinLastStage(task, metric, stages),
            .. ReachesFineTuning(task, metric),
        ];
    }

    private static IEnumerable<Claim> NearestHelps(TaskResults task, Metric metric)
    {
        var claim = new ClaimBuilder("Without training, the vector of the nearest predecessor improves every base.", Scope.Each, metric);
        foreach (var name in task.Trajectory)
        {
            if (task.Predecessor(name) is { } nearest)
            {
                claim.Better($"{name}+{nearest}", task.Merged(name, nearest), name, task.Pt.GetValueOrDefault(name));
            }
        }

        return claim.Build();
    }

    private static IEnumerable<Claim> NearestIsBest(TaskResults task, Metric metric)
    {
        var claim = new ClaimBuilder("At every base, the nearest predecessor's vector is the best of all predecessors'.", Scope.Each, metric);
        foreach (var name in task.Trajectory)
        {
            var nearest = task.Predecessor(name);
            foreach (var source in task.Trajectory.TakeWhile(other => other != nearest && other != name))
            {
                claim.Better($"{name}+{nearest}", task.Merged(name, nearest!), $"{name}+{source}", task.Merged(name, source));
            }
        }

        return claim.Build();
    }

    private static IEnumerable<Claim> AcrossStages(TaskResults task, Metric metric, IReadOnlyDictionary<string, int> stages)
    {
        var crossings = Pairs(task)
            .Where(pair => stages.GetValueOrDefault(pair.Source) is > 0 and var from && from < stages.GetValueOrDefault(pair.Base)).ToList();
        var sources = List(crossings.Select(pair => pair.Source));
        var bases = List(crossings.Select(pair => pair.Base));
        var claim = new ClaimBuilder(
            $"Carried forward across the stage boundary ({sources} to {bases}), a vector destroys: the merge falls below its own base.",
            Scope.Each, metric);
        foreach (var (name, source) in crossings)
        {
            claim.Worse($"{name}+{source}", task.Merged(name, source), name, task.Pt.GetValueOrDefault(name));
        }

        return claim.Build();
    }

    private static IEnumerable<Claim> WithinLastStage(TaskResults task, Metric metric, IReadOnlyDictionary<string, int> stages)
    {
        var last = stages.Count == 0 ? 0 : stages.Values.Max();
        bool IsLast(string checkpoint) => last > 1 && stages.GetValueOrDefault(checkpoint) == last;

        var inside = Pairs(task).Where(pair => IsLast(pair.Source) && IsLast(pair.Base)).ToList();
        var bases = List(inside.Select(pair => pair.Base));
        var claim = new ClaimBuilder($"Within stage {last} ({bases}), vectors work in both directions.", Scope.Each, metric);
        foreach (var (name, source) in inside)
        {
            claim.Better($"{name}+{source}", task.Merged(name, source), name, task.Pt.GetValueOrDefault(name));
        }

        return claim.Build();
    }

    private static IEnumerable<Claim> ReachesFineTuning(TaskResults task, Metric metric)
    {
        if (task.Trajectory is not [.., var nearest, var last])
        {
            return [];
        }

        return new ClaimBuilder($"{last} with the vector of {nearest} reaches fine-tuned {last} without training.", Scope.Each, metric)
            .Better($"{last}+{nearest}", task.Merged(last, nearest), $"{last}-FT", task.Tuned(last))
            .Build();
    }

    private static IEnumerable<(string Base, string Source)> Pairs(TaskResults task) =>
        task.Merge.SelectMany(merge => merge.Value.Keys.Select(source => (merge.Key, source)));

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Distinct().Order(StringComparer.Ordinal));
}
