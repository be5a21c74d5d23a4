namespace Graft.Cli.Report.Claims;

/// <summary>
/// What the study claims beyond the findings A1 to A8, as far as a run has the data for it: any number of checkpoints, any part absent.
/// </summary>
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
            .. MergeClaims.Of(target),
            .. ContinualClaims.Of(target),
            .. RecurrentClaims.Of(target),
            .. results.Tasks.Skip(1).SelectMany(task => SideTaskClaims.Of(task.Key, task.Value)),
        ];
    }
}
