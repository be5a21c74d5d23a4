using Graft.Coordinator.Plan;

namespace Graft.Coordinator.Run.Costs;

/// <summary>What a step of a plan takes.</summary>
/// <param name="ReadBytes">Read from the store.</param>
/// <param name="WrittenBytes">Written to it.</param>
/// <param name="Estimate">Null for what is no job of its own, and while nothing comparable was measured.</param>
internal sealed record StepCost(long ReadBytes, long WrittenBytes, TimeSpan? Estimate);

/// <summary>See PlanTotals in coordinator.proto.</summary>
internal sealed record PlanTotals(
    int Hits, int Misses, int Blocked, long ReadBytes, long WrittenBytes, TimeSpan Work, TimeSpan Duration, int Unmeasured);

/// <summary>A plan with its costs.</summary>
/// <param name="Board">Each step a hit, a miss or blocked.</param>
/// <param name="Costs">Of the misses.</param>
/// <param name="Totals">Of the plan.</param>
/// <param name="Speeds">What the estimates come from.</param>
internal sealed record PlannedRun(RunBoard Board, IReadOnlyDictionary<PlanStep, StepCost> Costs, PlanTotals Totals, Speeds Speeds);
