using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Hosting.Jobs;
using Graft.Modeling.Native;
using Graft.Trainer.Data;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>
/// Executes a training recipe: resumes from the last saved state, publishes each checkpoint when its step is reached, saves its state
/// every <see cref="TrainerOptions.StateInterval"/> and when it is cancelled.
/// </summary>
internal sealed partial class TrainingJob(
    StoreClient store, IOptions<TrainerOptions> options, TrainerMetrics metrics, TimeProvider time, ILogger<TrainingJob> log)
{
    private static readonly TimeSpan _reportInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _lastSaveLimit = TimeSpan.FromSeconds(5);

    public async Task RunAsync(TrainRecipe recipe, JobContext job, CancellationToken cancellationToken)
    {
        var checkpoints = await PublishedAsync(recipe, job, cancellationToken);
        if (await FinishedAsync(recipe, checkpoints, job, cancellationToken))
        {
            return;
        }

        TorchRuntime.Load();
        set_num_threads(options.Value.Threads);
        var device = SelectDevice();
        var start = await StartingPoint.OpenAsync(store, recipe.Start, cancellationToken);
        using var data = await TrainingData.OpenAsync(store, recipe, start.Config, start.Tokenizer, start.OwnTemplate, cancellationToken);
        foreach (var (phase, report) in data.Reports.Index())
        {
            metrics.Add(report);
            LogData(phase, report);
        }

        using var session = new TrainingSession(recipe, start.Config, data.Batches, device);
        var states = new StateStore(store, RecipeCodec.DigestOf(recipe));
        if (!await states.RestoreAsync(session, step => HasAllUpTo(step, recipe, checkpoints), cancellationToken))
        {
            await BeginAsync(recipe, start, session, cancellationToken);
        }

        var publisher = new Publisher(store, recipe, start.Manifest);
        await TrainAsync(recipe, data, session, states, publisher, checkpoints, job, cancellationToken);
        job.Output("result", (await publisher.LogAsync(session, checkpoints, cancellationToken)).ToString());
        await states.ForgetAsync(cancellationToken);
    }

    private async Task TrainAsync(
        TrainRecipe recipe, TrainingData data, TrainingSession session, StateStore states, Publisher publisher, Dictionary<int, Digest> checkpoints, JobContext job, CancellationToken cancellationToken)
    {
        var progress = new TrainingProgress(recipe, data.Metrics, session, job, time, _reportInterval);
        var saved = time.GetTimestamp();
        while (session.Step < recipe.Steps)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                using var limit = new CancellationTokenSource(_lastSaveLimit, time);
                await states.SaveAsync(session, limit.Token);
                cancellationToken.ThrowIfCancellationRequested();
            }

            var began = time.GetTimestamp();
            var (result, learningRate) = session.Advance();
            metrics.Add(result, time.GetElapsedTime(began));
            progress.Report(result, learningRate);
            if (recipe.CheckpointSteps.Contains(session.Step) && !checkpoints.ContainsKey(session.Step))
            {
                checkpoints[session.Step] = await publisher.CheckpointAsync(session, cancellationToken);
                job.Output($"step-{session.Step}", checkpoints[session.Step].ToString());
            }

            if (time.GetElapsedTime(saved) >= options.Value.StateInterval)
            {
                await states.SaveAsync(session, cancellationToken);
                saved = time.GetTimestamp();
            }
        }
    }

    /// <summary>
    /// Whether the recipe's result and all checkpoints are in the store; if so they are the job's outputs. One that was collected since is
    /// made again, bit for bit.
    /// </summary>
    private async Task<bool> FinishedAsync(
        TrainRecipe recipe, Dictionary<int, Digest> checkpoints, JobContext job, CancellationToken cancellationToken)
    {
        if (!HasAllUpTo(recipe.Steps, recipe, checkpoints) || await store.LookUpResultAsync(recipe, cancellationToken) is not { } log)
        {
            return false;
        }

        job.Output("result", log.ToString());
        return true;
    }

    private static bool HasAllUpTo(int step, TrainRecipe recipe, Dictionary<int, Digest> checkpoints) =>
        recipe.CheckpointSteps.All(kept => kept > step || checkpoints.ContainsKey(kept));

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

    private static async Task BeginAsync(TrainRecipe recipe, StartingPoint start, TrainingSession session, CancellationToken cancellationToken)
    {
        if (recipe.Start is RandomStart random)
        {
            session.Initialize(random);
        }
        else
        {
            await start.LoadAsync(session, cancellationToken);
        }
    }

    private Device SelectDevice() => options.Value.Device switch
    {
        "auto" => cuda.is_available() ? CUDA : CPU,
        var name => device(name),
    };

    [LoggerMessage(300, LogLevel.Information, "Data of phase {Phase}: {Report}.")]
    private partial void LogData(int phase, DataReport report);
}
