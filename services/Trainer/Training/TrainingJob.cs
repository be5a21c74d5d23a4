using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Hosting.Jobs;
using Graft.Modeling.Native;
using Graft.Trainer.Data;
using Graft.Trainer.Devices;
using Graft.Trainer.Metrics;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>
/// Executes a training recipe: goes on from the last saved state, publishes each checkpoint when its step is reached, saves its state
/// as <see cref="StateSchedule"/> says and when it is asked to stop.
/// </summary>
internal sealed partial class TrainingJob(
    StoreClient store,
    IOptions<TrainerOptions> options,
    ComputeDevices devices,
    StepFeeds feeds,
    TrainerMetrics metrics,
    TimeProvider time,
    ILogger<TrainingJob> logger)
{
    public async Task RunAsync(TrainRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        if (await FinishedAsync(recipe, job, cancellationToken))
        {
            return;
        }

        var id = RecipeCodec.DigestOf(recipe);
        var feed = feeds.Open(id.ToString(), recipe.Steps);
        try
        {
            using var lease = await devices.Pool.TakeAsync(feed.Job, cancellationToken);
            await RunAsync(recipe, new StateStore(store, id), lease.Device, feed, job, cancellationToken);
        }
        finally
        {
            feed.End();
        }
    }

    private async Task RunAsync(
        TrainRecipe recipe, StateStore states, string place, StepFeed feed, JobContext job, CancellationToken cancellationToken)
    {
        TorchRuntime.Load();
        set_num_threads(options.Value.Threads);
        var start = await StartingPoint.OpenAsync(store, recipe.Start, cancellationToken);
        List<IBatches> batches = [];
        foreach (var phase in recipe.Phases)
        {
            batches.Add(await BatchSource.OpenAsync(store, phase, start.Config, start.Tokenizer, recipe.Seed, cancellationToken));
        }

        using var session = new TrainingSession(recipe, start.Config, batches, device(place), time);
        await BeginAsync(recipe, start, session, states, cancellationToken);
        LogBegun(feed.Job, session.Step, recipe.Steps, session.Parameters.Count, place);
        feed.Add(LoggedSteps.Read(session.Log.ToString()));
        var publisher = new Publisher(store, recipe, start.Config, start.Manifest);
        var checkpoints = await PublishedAsync(recipe, session.Step, job, cancellationToken);
        var meter = new StepMeter(recipe, start.Config, session, job, feed, metrics, time, options.Value.PeakFlops);
        await TrainAsync(recipe, session, meter, states, publisher, checkpoints, job, cancellationToken);
        job.Output("result", (await publisher.LogAsync(session, checkpoints, cancellationToken)).ToString());
        await states.ForgetAsync(cancellationToken);
    }

    private async Task TrainAsync(
        TrainRecipe recipe,
        TrainingSession session,
        StepMeter meter,
        StateStore states,
        Publisher publisher,
        Dictionary<int, Digest> checkpoints,
        JobContext job,
        CancellationToken cancellationToken)
    {
        var schedule = new StateSchedule(options.Value, time, session.Step);
        while (session.Step < recipe.Steps)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                await StopAsync(session, states);
                cancellationToken.ThrowIfCancellationRequested();
            }

            var began = time.GetTimestamp();
            var result = session.Advance();
            meter.Report(result, time.GetElapsedTime(began));
            if (recipe.CheckpointSteps.Contains(session.Step) && !checkpoints.ContainsKey(session.Step))
            {
                checkpoints[session.Step] = await publisher.CheckpointAsync(session, cancellationToken);
                job.Output($"step-{session.Step}", checkpoints[session.Step].ToString());
            }

            if (schedule.IsDue(session.Step))
            {
                await schedule.SaveAsync(session.Step, () => states.SaveAsync(session, cancellationToken));
            }
        }
    }

    /// <summary>The last save of a job that was asked to stop; its own time limit stands in for the token, which is cancelled already.</summary>
    private async Task StopAsync(TrainingSession session, StateStore states)
    {
        using var limit = new CancellationTokenSource(options.Value.LastSaveLimit, time);
        await states.SaveAsync(session, limit.Token);
    }

    /// <summary>Whether the recipe's result and all checkpoints are in the store; if so they are the job's outputs.</summary>
    private async Task<bool> FinishedAsync(TrainRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        if (await store.LookUpResultAsync(recipe, cancellationToken) is not { } log)
        {
            return false;
        }

        await PublishedAsync(recipe, recipe.Steps, job, cancellationToken);
        job.Output("result", log.ToString());
        return true;
    }

    /// <summary>Checkpoints up to a step that an earlier attempt has published.</summary>
    private async Task<Dictionary<int, Digest>> PublishedAsync(TrainRecipe recipe, int upTo, JobContext job, CancellationToken cancellationToken)
    {
        Dictionary<int, Digest> published = [];
        foreach (var step in recipe.CheckpointSteps.Where(step => step <= upTo))
        {
            if (await store.LookUpResultAsync(new CheckpointRecipe(recipe, step), cancellationToken) is { } digest)
            {
                published[step] = digest;
                job.Output($"step-{step}", digest.ToString());
            }
        }

        return published;
    }

    /// <summary>Weights, moments and counts: of the last saved state, or of the start.</summary>
    private static async Task BeginAsync(
        TrainRecipe recipe, StartingPoint start, TrainingSession session, StateStore states, CancellationToken cancellationToken)
    {
        if (session.Model.NeedsStart)
        {
            await start.LoadAsync(session.Model, cancellationToken);
            await states.RestoreAsync(session, cancellationToken);
        }
        else if (!await states.RestoreAsync(session, cancellationToken))
        {
            if (recipe.Start is RandomStart random)
            {
                RandomWeights.Fill(session.Parameters, start.Config, random);
            }
            else
            {
                await start.LoadAsync(session.Model, cancellationToken);
            }
        }
    }

    [LoggerMessage(300, LogLevel.Information, "Training job {JobId}: from step {Step} of {Steps}, {Parameters} parameters are trained on {Device}.")]
    private partial void LogBegun(string jobId, int step, int steps, long parameters, string device);
}
