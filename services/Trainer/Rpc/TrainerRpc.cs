using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Modeling.Devices;
using Graft.Trainer.Metrics;
using Graft.Trainer.Training;
using Graft.Trainer.Validation;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Graft.Trainer.Rpc;

internal sealed class TrainerRpc(
    JobTable jobs, TrainingJob training, ComputeDevices devices, IOptions<TrainerOptions> options, StepFeeds feeds) : V1.TrainerService.TrainerServiceBase
{
    // Far below the limit of a message, at some 100 bytes a step.
    private const int StepsPerMessage = 1000;

    private DevicePool Pool => devices.Pool(options.Value.Device, TrainerOptions.DeviceName);

    public override Task<V1.TrainResponse> Train(V1.TrainRequest request, ServerCallContext context)
    {
        var recipe = TrainRecipeCodec.FromProto(request.Recipe ?? throw FaultException.Invalid("The request has no recipe.", "recipe"));
        TrainRecipeCheck.Check(recipe);
        var id = RecipeCodec.DigestOf(recipe).ToString();
        Pool.RefuseUnlessFree(id);
        var job = jobs.Start(new JobRequest(id, "train", (job, token) => training.RunAsync(recipe, job, token)));
        return Task.FromResult(new V1.TrainResponse { Job = job });
    }

    public override async Task WatchTraining(
        V1.WatchTrainingRequest request, IServerStreamWriter<V1.WatchTrainingResponse> responseStream, ServerCallContext context)
    {
        var feed = await FindFeedAsync(request.Id, context.CancellationToken);
        await foreach (var steps in feed.WatchAsync(request.AfterStep, context.CancellationToken))
        {
            foreach (var part in steps.Chunk(StepsPerMessage))
            {
                var response = new V1.WatchTrainingResponse { Total = feed.Steps };
                response.Steps.AddRange(part.Select(TrainingStepCodec.ToProto));
                await responseStream.WriteAsync(response, context.CancellationToken);
            }
        }

        await responseStream.WriteAsync(new V1.WatchTrainingResponse { Total = feed.Steps, Ended = true }, context.CancellationToken);
    }

    public override Task<V1.DescribeTrainerResponse> DescribeTrainer(V1.DescribeTrainerRequest request, ServerCallContext context)
    {
        var response = new V1.DescribeTrainerResponse { ComputeDtype = ManifestCodec.ToProto(Pool.DefaultComputeDType) };
        response.Devices.AddRange(Pool.Devices);
        return Task.FromResult(response);
    }

    /// <summary>A job that has just started has its feed in a moment, and then changes.</summary>
    private async Task<StepFeed> FindFeedAsync(string id, CancellationToken cancellationToken)
    {
        if (feeds.Find(id) is { } known)
        {
            return known;
        }

        await foreach (var _ in jobs.WatchAsync(id, cancellationToken))
        {
            if (feeds.Find(id) is { } feed)
            {
                return feed;
            }
        }

        throw FaultException.NotFound($"The training job '{id}' was done before; its log is in the store.");
    }
}
