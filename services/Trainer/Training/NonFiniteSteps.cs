using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Trainer.Data;

namespace Graft.Trainer.Training;

/// <summary>
/// Watches for steps whose loss or gradient is no number. One may be an unlucky batch, and is skipped; three in a row are a training
/// that has diverged, and whoever started it is told what was seen.
/// </summary>
internal sealed class NonFiniteSteps(TrainRecipe recipe)
{
    /// <summary>So many in a row end the job.</summary>
    public const int Limit = 3;

    private const int ShownTokens = 8;

    private readonly List<string> _seen = [];

    /// <param name="counts">After the step.</param>
    /// <param name="result">Of the step.</param>
    /// <param name="batch">Its data.</param>
    /// <param name="phase">From 0.</param>
    /// <param name="phaseStep">Step of the phase, from 0.</param>
    /// <exception cref="FaultException">Precondition: the third in a row.</exception>
    public void Check(TrainingCounts counts, StepResult result, Batch batch, int phase, int phaseStep)
    {
        if (!result.IsSkipped)
        {
            _seen.Clear();
            return;
        }

        var first = (long)phaseStep * recipe.Phases[phase].BatchSize;
        _seen.Add(
            $"step {counts.Step}: loss {result.Loss}, gradient norm {result.GradientNorm}, learning rate {result.LearningRate:G3}, sequences {first} to "
            + $"{first + batch.Rows - 1} of phase {phase + 1}, which begin with the tokens [{string.Join(", ", batch.Inputs.Take(ShownTokens))}]");
        if (counts.SkippedInRow >= Limit)
        {
            throw FaultException.Precondition(
                $"Training diverged: {counts.SkippedInRow} steps in a row had a loss or gradient that is no number. {string.Join("; ", _seen)}. "
                + "A lower learning rate, a longer warm-up or clipping may help; or look at these sequences.");
        }
    }
}
