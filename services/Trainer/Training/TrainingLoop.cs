using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Hosting.Jobs;
using Graft.Trainer.Metrics;

namespace Graft.Trainer.Training;

/// <summary>One attempt at a job, from where it stands to the last step, or until it is asked to stop.</summary>
internal sealed class TrainingLoop(
    TrainRecipe recipe, TrainingSession session, StateStore states, Publisher publisher, JobContext job, TrainerOptions options, TimeProvider time)
{
    /// <param name="checkpoints">Those that are in the store; others are added as they are made.</param>
    /// <param name="meter">Is told each step.</param>
    /// <param name="cancellationToken">Asks to stop: after the step in hand the state is saved, and this throws.</param>
    public async Task RunAsync(Dictionary<int, Digest> checkpoints, StepMeter meter, CancellationToken cancellationToken)
    {
        try
        {
            var schedule = new StateSchedule(options, time, session.Step);
            await PublishAsync(checkpoints, cancellationToken);
            while (session.Step < recipe.Steps)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var began = time.GetTimestamp();
                var result = session.Advance();
                meter.Report(result, time.GetElapsedTime(began));
                await PublishAsync(checkpoints, cancellationToken);
                if (schedule.IsDue(session.Step))
                {
                    await schedule.SaveAsync(session.Step, () => states.SaveAsync(session, cancellationToken));
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Between two steps, wherever it was; its own time limit stands in for the token.
            using var limit = new CancellationTokenSource(options.LastSaveLimit, time);
            await states.SaveAsync(session, limit.Token);
            throw;
        }
    }

    /// <summary>The checkpoint of the step it stands at, if there is to be one and it is not there yet.</summary>
    private async Task PublishAsync(Dictionary<int, Digest> checkpoints, CancellationToken cancellationToken)
    {
        var step = session.Step;
        if (recipe.CheckpointSteps.Contains(step) && !checkpoints.ContainsKey(step))
        {
            checkpoints[step] = await publisher.CheckpointAsync(session, cancellationToken);
            job.Output($"step-{step}", checkpoints[step].ToString());
        }
    }
}
