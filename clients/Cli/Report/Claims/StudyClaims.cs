namespace Graft.Cli.Report.Claims;

/// <summary>The claims of the study, as far as a run has the data for them: any number of checkpoints, any part absent.</summary>
internal static class StudyClaims
{
    /// <summary>Claims about the first task, the target of the fine-tuning; then what it costs on every other task.</summary>
    public static IReadOnlyList<Claim> Of(Results results)
    {
        if (results.Tasks.Count == 0)
        {
            return [];
        }

        var target = results.Tasks.First().Value;
        return
        [
            .. Fundamentals(target),
            .. MergeClaims.Of(target, results.Stages),
            .. ContinualClaims.Of(target),
            .. RecurrentClaims.Of(target),
            .. results.Tasks.Skip(1).SelectMany(task => SideTaskClaims.Of(task.Key, task.Value)),
        ];
    }

    private static IEnumerable<Claim> Fundamentals(TaskResults task)
    {
        var claim = new ClaimBuilder("Fine-tuning improves every checkpoint.", Scope.Each, Metric.Of(task.Metric));
        foreach (var name in task.Trajectory)
        {
            claim.Better($"{name}-FT", task.Tuned(name), name, task.Pt.GetValueOrDefault(name));
        }

        return claim.Build();
    }
}
