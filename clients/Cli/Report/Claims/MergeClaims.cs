namespace Graft.Cli.Report.Claims;

/// <summary>Claims about merges that were not trained.</summary>
internal static class MergeClaims
{
    public static IEnumerable<Claim> Of(TaskResults task)
    {
        var claim = new ClaimBuilder("Without training, the vector of the nearest predecessor improves every base.", Scope.Each, Metric.Of(task.Metric));
        foreach (var name in task.Trajectory)
        {
            if (task.Predecessor(name) is { } nearest)
            {
                claim.Better($"{name}+{nearest}", task.Merged(name, nearest), name, task.Pt.GetValueOrDefault(name));
            }
        }

        return claim.Build();
    }
}
