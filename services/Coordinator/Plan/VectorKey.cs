namespace Graft.Coordinator.Plan;

/// <summary>Which vector: whose fine-tuning, at which step.</summary>
/// <param name="Source">A checkpoint of the trajectory, or a vector of others.</param>
/// <param name="Step">0 for the last.</param>
/// <param name="Repetition">Of the fine-tuning.</param>
internal readonly record struct VectorKey(string Source, int Step, Repetition Repetition)
{
    /// <summary>What stands behind its name, parted by the given letter.</summary>
    public string Suffix(char separator) => Step == 0 ? "" : $"{separator}step-{Step}";
}
