using Graft.Artifacts.Recipes;
using Graft.Hosting.Jobs;

namespace Graft.Trainer.Training;

/// <summary>Tells watchers how a job goes, a few times a second.</summary>
/// <param name="recipe">What is done.</param>
/// <param name="data">Numbers of the data, told with every report.</param>
/// <param name="session">How far it is.</param>
/// <param name="job">Whom to tell.</param>
/// <param name="time">The clock.</param>
/// <param name="interval">Least time between reports.</param>
internal sealed class TrainingProgress(
    TrainRecipe recipe, (string Name, double Value)[] data, TrainingSession session, JobContext job, TimeProvider time, TimeSpan interval)
{
    private readonly long _began = time.GetTimestamp();
    private readonly int _firstStep = session.Step;
    private readonly long _firstTokens = session.Tokens;
    private long _reported = time.GetTimestamp();

    public void Report(StepResult result, double learningRate)
    {
        if (time.GetElapsedTime(_reported) < interval && session.Step < recipe.Steps)
        {
            return;
        }

        _reported = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_began);
        var remaining = elapsed * ((double)(recipe.Steps - session.Step) / (session.Step - _firstStep));
        job.Report(
            session.Step,
            recipe.Steps,
            "steps",
            remaining,
            [
                ("loss", result.Loss),
                ("learning_rate", learningRate),
                ("gradient_norm", result.GradientNorm),
                ("tokens", session.Tokens),
                ("tokens_per_second", (session.Tokens - _firstTokens) / Math.Max(elapsed.TotalSeconds, 1e-9)),
                .. data,
            ]);
    }
}
