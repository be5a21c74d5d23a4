namespace Graft.Trainer.Training;

/// <summary>What one step did.</summary>
/// <param name="Loss">Loss before the update, reduced as the recipe says.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="LearningRate">Of the update.</param>
/// <param name="Tokens">Tokens of the batch that counted in the loss.</param>
/// <param name="Positions">Positions of the batch, those without a target and padding too.</param>
/// <param name="DataTime">Time the batch was waited for.</param>
internal readonly record struct StepResult(double Loss, double GradientNorm, double LearningRate, int Tokens, int Positions, TimeSpan DataTime)
{
    /// <summary>Loss or gradient were no numbers, and weights and moments are as they were.</summary>
    public bool IsSkipped => !double.IsFinite(Loss) || !double.IsFinite(GradientNorm);
}
