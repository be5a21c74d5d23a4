using Google.Protobuf.WellKnownTypes;
using Graft.Coordinator.Run.Costs;

namespace Graft.Coordinator.Rpc;

/// <summary>Plans as their messages.</summary>
internal static class PlanCodec
{
    /// <summary>First a message without steps, then the steps, at most so many a message.</summary>
    public static IEnumerable<V1.PlanRunResponse> ToProto(PlannedRun plan, int stepsPerPart)
    {
        var isFirst = true;
        foreach (var part in RunCodec.ToProto(plan.Board.Since(0), stepsPerPart))
        {
            // A plan is not a run yet.
            part.State = V1.RunState.Unspecified;
            part.Started = null;
            part.Ended = null;
            if (isFirst)
            {
                isFirst = false;
                yield return Head(plan, part);
            }

            foreach (var (step, message) in plan.Board.Plan.Steps.Skip(IndexOf(plan, part)).Zip(part.Steps))
            {
                message.Cost = plan.Costs.TryGetValue(step, out var cost) ? ToProto(cost) : null;
            }

            yield return new V1.PlanRunResponse { Run = part };
        }
    }

    private static int IndexOf(PlannedRun plan, V1.Run part) =>
        part.Steps.Count == 0 ? 0 : plan.Board.Plan.Steps.First(step => step.Id == part.Steps[0].Id).Index;

    private static V1.PlanRunResponse Head(PlannedRun plan, V1.Run part)
    {
        var run = new V1.Run { Id = part.Id, Name = part.Name, StepCount = part.StepCount, Spec = RunCodec.SpecOf(plan.Board) };
        var head = new V1.PlanRunResponse { Run = run, Totals = ToProto(plan.Totals) };
        head.Speeds.AddRange(plan.Speeds.All.Select(item => new V1.Speed
        {
            Kind = item.Job,
            Jobs = item.Speed.Jobs,
            WorkPerSecond = item.Speed.WorkPerSecond,
            Newest = item.Speed.Newest.ToTimestamp(),
        }));
        return head;
    }

    private static V1.StepCost ToProto(StepCost cost) => new()
    {
        ReadBytes = cost.ReadBytes,
        WrittenBytes = cost.WrittenBytes,
        Estimate = cost.Estimate?.ToDuration(),
    };

    private static V1.PlanTotals ToProto(PlanTotals totals) => new()
    {
        Hits = totals.Hits,
        Misses = totals.Misses,
        Blocked = totals.Blocked,
        ReadBytes = totals.ReadBytes,
        WrittenBytes = totals.WrittenBytes,
        Work = totals.Work.ToDuration(),
        Duration = totals.Duration.ToDuration(),
        Unmeasured = totals.Unmeasured,
    };
}
