namespace Graft.Trainer.Metrics;

/// <summary>What is told of a step to those who watch. Times are of this process, and no part of any artifact.</summary>
/// <param name="Step">From 1, over all phases.</param>
/// <param name="Loss">Reduced as the recipe says; NaN or infinite on a step that was skipped.</param>
/// <param name="LearningRate">Of the update.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Tokens">Counted in the loss so far.</param>
/// <param name="Skipped">Steps skipped so far.</param>
internal sealed record StepMetrics(int Step, double Loss, double LearningRate, double GradientNorm, long Tokens, int Skipped)
{
    /// <summary>Null for a step that an earlier process did.</summary>
    public StepTiming? Timing { get; init; }
}

/// <summary>What a step took.</summary>
/// <param name="Step">The whole step.</param>
/// <param name="Data">Of it, waiting for the batch.</param>
/// <param name="Remaining">Expected time to the last step.</param>
/// <param name="TokensPerSecond">Tokens that counted in the loss.</param>
/// <param name="PositionsPerSecond">All positions, prompts and padding too.</param>
/// <param name="MemoryBytes">Memory of the process.</param>
/// <param name="Utilization">Floating operations done, as a part of what the device can do; null while that is unknown.</param>
internal sealed record StepTiming(
    TimeSpan Step, TimeSpan Data, TimeSpan Remaining, double TokensPerSecond, double PositionsPerSecond, long MemoryBytes, double? Utilization);
