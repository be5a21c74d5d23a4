using Graft.Artifacts.Recipes;
using Graft.Hosting.Jobs;
using Graft.Trainer.Training;

namespace Graft.Trainer.Metrics;

/// <summary>Measures the steps of a job and tells its feed, its watchers (a few times a second) and Prometheus.</summary>
internal sealed class StepMeter(
    TrainRecipe recipe, TrainingInputs inputs, TrainingSession session, JobContext job, StepFeed feed, TrainerMetrics metrics, TimeProvider time, double peakFlops)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly long _began = time.GetTimestamp();
    private readonly int _firstStep = session.Step;
    private readonly long _firstTokens = session.Counts.Tokens;
    private readonly double _flops = ModelFlops.PerToken(inputs.Start.Config, recipe.Phases.Max(phase => phase.SequenceLength));
    private readonly (string Name, double Value)[] _data = inputs.Data.Metrics;
    private long _reported = time.GetTimestamp();

    /// <param name="result">Of the step just done.</param>
    /// <param name="elapsed">What it took.</param>
    public void Report(StepResult result, TimeSpan elapsed)
    {
        var counts = session.Counts;
        var total = time.GetElapsedTime(_began);
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-9);
        var positions = result.Positions / seconds;
        var timing = new StepTiming(
            elapsed,
            result.DataTime,
            total * ((double)(recipe.Steps - counts.Step) / (counts.Step - _firstStep)),
            result.Tokens / seconds,
            positions,
            Environment.WorkingSet,
            peakFlops > 0 ? positions * _flops / peakFlops : null);
        var step = new StepMetrics(counts.Step, result.Loss, result.LearningRate, result.GradientNorm, counts.Tokens, counts.Skipped) { Timing = timing };
        feed.Add(step);
        metrics.Add(result, timing);
        if (time.GetElapsedTime(_reported) >= _interval || counts.Step == recipe.Steps)
        {
            _reported = time.GetTimestamp();
            Tell(step, timing, (counts.Tokens - _firstTokens) / Math.Max(total.TotalSeconds, 1e-9));
        }
    }

    private void Tell(StepMetrics step, StepTiming timing, double tokensPerSecond)
    {
        List<(string Name, double Value)> values =
        [
            ("loss", step.Loss),
            ("learning_rate", step.LearningRate),
            ("gradient_norm", step.GradientNorm),
            ("tokens", step.Tokens),
            ("tokens_per_second", tokensPerSecond),
            ("step_seconds", timing.Step.TotalSeconds),
            ("data_seconds", timing.Data.TotalSeconds),
            ("memory_bytes", timing.MemoryBytes),
            ("trainable_parameters", session.Parameters.Count),
            ("skipped", step.Skipped),
            .. _data,
        ];
        if (timing.Utilization is { } utilization)
        {
            values.Add(("flop_utilization", utilization));
        }

        job.Report(step.Step, recipe.Steps, "steps", timing.Remaining, [.. values]);
    }
}
