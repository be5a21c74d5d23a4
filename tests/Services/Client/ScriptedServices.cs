using System.Collections.Concurrent;
using Grpc.Core;

namespace Graft.Tests.Services.Client;

/// <summary>What the scripted services below do; a test decides.</summary>
internal sealed class Script
{
    public ConcurrentQueue<string> Calls { get; } = new();

    public Func<V1.Job> Start { get; set; } = () => throw new RpcException(new Status(StatusCode.Internal, "No script."));

    public Func<V1.Job> GetJob { get; set; } = () => throw new RpcException(new Status(StatusCode.NotFound, "No such job."));

    public Func<IServerStreamWriter<V1.WatchJobResponse>, Task> WatchJob { get; set; } = _ => Task.CompletedTask;

    public Func<IServerStreamWriter<V1.WatchRunResponse>, Task> WatchRun { get; set; } = _ => Task.CompletedTask;

    public V1.Job Started(string call)
    {
        Calls.Enqueue(call);
        return Start();
    }
}

internal sealed class ScriptedTrainer(Script script) : V1.TrainerService.TrainerServiceBase
{
    public override Task<V1.TrainResponse> Train(V1.TrainRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.TrainResponse { Job = script.Started("train") });
}

internal sealed class ScriptedMerger(Script script) : V1.MergerService.MergerServiceBase
{
    public override Task<V1.ExtractResponse> Extract(V1.ExtractRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.ExtractResponse { Job = script.Started("extract") });

    public override Task<V1.MergeResponse> Merge(V1.MergeRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.MergeResponse { Job = script.Started("merge") });
}

internal sealed class ScriptedEvaluator(Script script) : V1.EvaluatorService.EvaluatorServiceBase
{
    public override Task<V1.EvaluateResponse> Evaluate(V1.EvaluateRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.EvaluateResponse { Job = script.Started("evaluate") });
}

internal sealed class ScriptedJobs(Script script) : V1.JobService.JobServiceBase
{
    public override Task WatchJob(
        V1.WatchJobRequest request, IServerStreamWriter<V1.WatchJobResponse> responseStream, ServerCallContext context)
    {
        script.Calls.Enqueue("watch " + request.Id);
        return script.WatchJob(responseStream);
    }

    public override Task<V1.GetJobResponse> GetJob(V1.GetJobRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.GetJobResponse { Job = script.GetJob() });

    public override Task<V1.ListJobsResponse> ListJobs(V1.ListJobsRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.ListJobsResponse());

    public override Task<V1.CancelJobResponse> CancelJob(V1.CancelJobRequest request, ServerCallContext context)
    {
        script.Calls.Enqueue("cancel " + request.Id);
        throw new RpcException(new Status(StatusCode.NotFound, "No such job."));
    }
}

internal sealed class ScriptedCoordinator(Script script) : V1.CoordinatorService.CoordinatorServiceBase
{
    public override Task WatchRun(
        V1.WatchRunRequest request, IServerStreamWriter<V1.WatchRunResponse> responseStream, ServerCallContext context)
    {
        script.Calls.Enqueue("watch " + request.Id);
        return script.WatchRun(responseStream);
    }

    public override Task<V1.ListRunsResponse> ListRuns(V1.ListRunsRequest request, ServerCallContext context)
    {
        script.Calls.Enqueue("list " + request.PageToken);
        return Task.FromResult(request.PageToken switch
        {
            "" => new V1.ListRunsResponse { Runs = { new V1.Run { Id = "1" }, new V1.Run { Id = "2" } }, NextPageToken = "2" },
            _ => new V1.ListRunsResponse { Runs = { new V1.Run { Id = "3" } } },
        });
    }
}

/// <summary>A store that reads nothing of the first write and all of the next ones.</summary>
internal sealed class StuckStore : V1.VectorStoreService.VectorStoreServiceBase
{
    public int Writes { get; private set; }

    public long Received { get; private set; }

    public override Task<V1.FindMissingContentsResponse> FindMissingContents(
        V1.FindMissingContentsRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.FindMissingContentsResponse { Sha256S = { request.Sha256S } });

    public override Task<V1.QueryWriteResponse> QueryWrite(V1.QueryWriteRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.QueryWriteResponse());

    public override async Task<V1.WriteContentResponse> WriteContent(
        IAsyncStreamReader<V1.WriteContentRequest> requestStream, ServerCallContext context)
    {
        if (++Writes == 1)
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        await foreach (var request in requestStream.ReadAllAsync())
        {
            Received += request.Chunk.Length;
        }

        return new V1.WriteContentResponse();
    }
}
