namespace Graft.Trainer.Training;

/// <summary>What one update did.</summary>
/// <param name="Loss">Loss before the update, reduced as the recipe says.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="Tokens">Tokens of the batch that counted in the loss.</param>
internal readonly record struct StepResult(double Loss, double GradientNorm, int Tokens);
