namespace Graft.Coordinator.Run.Costs;

/// <summary>Jobs whose times can be compared.</summary>
/// <param name="Job">"train", "extract", "merge", "compare" or "evaluate".</param>
/// <param name="Task">Of evaluations, which requests (the first digits of their digest): tasks differ in how fast they go. Otherwise empty.</param>
internal sealed record WorkKind(string Job, string Task);
