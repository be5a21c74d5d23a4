using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Graft.Modeling.Devices;
using Graft.Modeling.Native;
using Graft.Trainer.Data;
using Graft.Trainer.Metrics;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>
/// Executes a training recipe: goes on from the last saved state, if there is one, and runs <see cref="TrainingLoop"/> from there.
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
        var checkpoints = await PublishedAsync(recipe, job, cancellationToken);
        if (await FinishedAsync(recipe, checkpoints, job, cancellationToken))
        {
            return;
        }

        var id = RecipeCodec.DigestOf(recipe);
        var feed = feeds.Open(id.ToString(), recipe.Steps);
        try
        {
            using var lease = await devices.Pool(options.Value.Device, TrainerOptions.DeviceName).TakeAsync(feed.Job, cancellationToken);
            await RunAsync(recipe, checkpoints, lease.Device, feed, job, cancellationToken);
        }
        finally
        {
            feed.End();
        }
    }

    private async Task RunAsync(
        TrainRecipe recipe, Dictionary<int, Digest> checkpoints, string place, StepFeed feed, JobContext job, CancellationToken cancellationToken)
    {
        TorchRuntime.Load();
        set_num_threads(options.Value.Threads);
        using var inputs = await OpenAsync(recipe, cancellationToken);
        var start = inputs.Start;
        foreach (var (phase, report) in inputs.Data.Reports.Index())
        {
            metrics.Add(report);
            LogData(phase, report);
        }

        using var session = new TrainingSession(recipe, start.Config, inputs.Data.Batches, device(place), time);
        var states = new StateStore(store, RecipeCodec.DigestOf(recipe));
        if (session.Model.NeedsStart)
        {
            await start.LoadAsync(session.Model, cancellationToken);
        }

        // From a state beyond a checkpoint that is gone, that checkpoint could not be made again.
        if (!await states.RestoreAsync(session, step => HasAllBelow(step, recipe, checkpoints), cancellationToken))
        {
            await BeginAsync(recipe, start, session, cancellationToken);
        }

        LogBegun(feed.Job, session.Step, recipe.Steps, session.Parameters.Count, place);
        feed.Add(LoggedSteps.Read(session.Log.ToString()));
        var publisher = new Publisher(store, recipe, start.Config, start.Manifest);
        var meter = new StepMeter(recipe, inputs, session, job, feed, metrics, time, options.Value.PeakFlops);
        var loop = new TrainingLoop(recipe, session, states, publisher, job, options.Value, time);
        using (var span = GraftTracing.Source.StartActivity("train steps"))
        {
            span?.SetTag("graft.steps.first", session.Step + 1).SetTag("graft.steps.last", recipe.Steps).SetTag("graft.device", place);
            await loop.RunAsync(checkpoints, meter, cancellationToken);
        }

        job.Output("result", (await publisher.LogAsync(session, checkpoints, cancellationToken)).ToString());
        await states.ForgetAsync(cancellationToken);
    }

    /// <summary>
    /// Whether the recipe's result and all checkpoints are in the store; if so they are the job's outputs. One that was collected since is
    /// made again, bit for bit.
    /// </summary>
    private async Task<bool> FinishedAsync(
        TrainRecipe recipe, Dictionary<int, Digest> checkpoints, JobContext job, CancellationToken cancellationToken)
    {
        if (!HasAllBelow(recipe.Steps + 1, recipe, checkpoints) || await store.LookUpResultAsync(recipe, cancellationToken) is not { } log)
        {
            return false;
        }

        job.Output("result", log.ToString());
        return true;
    }

    private static bool HasAllBelow(int step, TrainRecipe recipe, Dictionary<int, Digest> checkpoints) =>
        recipe.CheckpointSteps.All(kept => kept >= step || checkpoints.ContainsKey(kept));

    /// <summary>Checkpoints that an earlier attempt has published and that are still there.</summary>
    private async Task<Dictionary<int, Digest>> PublishedAsync(TrainRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        Dictionary<int, Digest> published = [];
        foreach (var step in recipe.CheckpointSteps)
        {
            if (await store.LookUpResultAsync(new CheckpointRecipe(recipe, step), cancellationToken) is { } digest)
            {
                published[step] = digest;
                job.Output($"step-{step}", digest.ToString());
            }
        }

        return published;
    }

    private async Task<TrainingInputs> OpenAsync(TrainRecipe recipe, CancellationToken cancellationToken)
    {
        using var span = GraftTracing.Source.StartActivity("read inputs");
        return await TrainingInputs.OpenAsync(store, recipe, cancellationToken);
    }

    private static async Task BeginAsync(TrainRecipe recipe, StartingPoint start, TrainingSession session, CancellationToken cancellationToken)
    {
        if (recipe.Start is RandomStart random)
        {
            RandomWeights.Fill(session.Parameters, start.Config, random);
        }
        else if (!session.Model.NeedsStart)
        {
            await start.LoadAsync(session.Model, cancellationToken);
        }
    }

    [LoggerMessage(300, LogLevel.Information, "Training job {JobId}: from step {Step} of {Steps}, {Parameters} parameters are trained on {Device}.")]
    private partial void LogBegun(string jobId, int step, int steps, long parameters, string device);

    [LoggerMessage(301, LogLevel.Information, "Data of phase {Phase}: {Report}.")]
    private partial void LogData(int phase, DataReport report);
}
