using Graft.Cli.Commands;

namespace Graft.Cli.Runs;

/// <summary>What the end of a run means to its user.</summary>
internal static class RunEnd
{
    /// <param name="run">As it ended.</param>
    /// <param name="again">The command that goes on with it.</param>
    /// <exception cref="AdvisedException">It failed or was cancelled: the first reason first.</exception>
    public static void ThrowUnlessSucceeded(V1.Run run, string again)
    {
        switch (run.State)
        {
            case V1.RunState.Succeeded:
                return;
            case V1.RunState.Cancelled:
                throw new AdvisedException("The run was cancelled. What is done is kept.", again);
            default:
                throw new AdvisedException($"{Reason(run)} What is done is kept.", again);
        }
    }

    /// <summary>"The run failed at merge/M2+M1: ... 2 more steps failed. 7 steps could not be done because of it."</summary>
    public static string Reason(V1.Run run)
    {
        var failed = run.Steps.Where(step => step.State == V1.StepState.Failed).ToList();
        var blocked = run.Steps.Count(step => step.State == V1.StepState.Blocked);
        var reason = failed.FirstOrDefault() ?? run.Steps.FirstOrDefault(step => step.State == V1.StepState.Blocked);
        var first = reason is not null ? $" at {reason.Id}: {reason.Error?.Message}" : ".";
        var more = failed.Count > 1 ? $" {failed.Count - 1} more steps failed." : "";
        var waiting = blocked > 0 ? $" {blocked} steps could not be done because of it." : "";
        return $"The run failed{first}{more}{waiting}";
    }
}
