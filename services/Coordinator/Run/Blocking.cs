using Graft.Coordinator.Plan;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>What a failed step takes with it.</summary>
internal static class Blocking
{
    /// <summary>Marks everything that waits for a failed step, however indirectly, as blocked by it.</summary>
    /// <returns>The steps that are blocked now and were not before.</returns>
    public static IReadOnlyList<PlanStep> Spread(RunBoard board, PlanStep failed)
    {
        var reason = new StepError(
            nameof(FaultKind.Precondition), $"It needs {failed.Id}, which failed: {board[failed].Error?.Message ?? "the reason is lost"}");
        List<PlanStep> blocked = [];
        Stack<PlanStep> open = new(Behind(board, failed));
        while (open.TryPop(out var step))
        {
            if (!board[step].IsFinal)
            {
                board.Change(step, status => status with { State = StepState.Blocked, Error = reason });
                blocked.Add(step);
                foreach (var next in Behind(board, step))
                {
                    open.Push(next);
                }
            }
        }

        return blocked;
    }

    private static IEnumerable<PlanStep> Behind(RunBoard board, PlanStep step) => board.Plan.Checkpoints(step).Concat(board.Plan.Dependents(step));
}
