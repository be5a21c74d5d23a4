namespace Graft.Merger.Planning;

/// <summary>What a merge would do, from headers alone.</summary>
/// <param name="Problems">Whatever stands against it; none when it can be done.</param>
/// <param name="Tensors">Tensors of the result; 0 when there are problems, as everything that follows.</param>
/// <param name="Parameters">Their elements.</param>
/// <param name="ReadBytes">Raw bytes to read.</param>
/// <param name="WriteBytes">Raw bytes to write.</param>
/// <param name="MemoryBytes">Most memory it holds at a time.</param>
/// <param name="Estimate">How long it will take; null when nothing is known of that.</param>
public sealed record Preflight(
    IReadOnlyList<Problem> Problems,
    int Tensors = 0,
    long Parameters = 0,
    long ReadBytes = 0,
    long WriteBytes = 0,
    long MemoryBytes = 0,
    TimeSpan? Estimate = null);
