namespace Graft.Cli.Report.Claims;

/// <summary>Recurrent merging against one step from the nearest predecessor.</summary>
internal static class RecurrentClaims
{
    public static IEnumerable<Claim> Of(TaskResults task)
    {
        var metric = Metric.Of(task.Metric);
        var merged = new ClaimBuilder("On average, recurrent merging beats one step before any training at the new base.", Scope.Mean, metric);
        var trained = new ClaimBuilder("On average, recurrent merging beats one step after continual training.", Scope.Mean, metric);
        foreach (var (name, scores) in task.Recurrent)
        {
            // At the second checkpoint the two are one model: nothing to compare.
            if (task.Predecessor(name) is not { } nearest || task.Predecessor(nearest) is null)
            {
                continue;
            }

            merged.Better($"{name}+rec", scores.Merged, $"{name}+{nearest}", task.Merged(name, nearest));
            trained.Better($"{name}+rec-CT", scores.Last, $"{name}+{nearest}-CT", task.Trained(name, nearest));
        }

        return [.. merged.Build(), .. trained.Build()];
    }
}
