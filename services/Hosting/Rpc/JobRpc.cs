using Graft.Faults;
using Graft.Hosting.Jobs;
using Grpc.Core;

namespace Graft.Hosting.Rpc;

/// <summary>JobService over the job table.</summary>
internal sealed class JobRpc(JobTable jobs) : V1.JobService.JobServiceBase
{
    public override Task<V1.GetJobResponse> GetJob(V1.GetJobRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.GetJobResponse { Job = jobs.Get(Required(request.Id)) });

    public override async Task WatchJob(
        V1.WatchJobRequest request, IServerStreamWriter<V1.WatchJobResponse> responseStream, ServerCallContext context)
    {
        await foreach (var job in jobs.WatchAsync(Required(request.Id), context.CancellationToken))
        {
            await responseStream.WriteAsync(new V1.WatchJobResponse { Job = job }, context.CancellationToken);
        }
    }

    public override Task<V1.CancelJobResponse> CancelJob(V1.CancelJobRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.CancelJobResponse { Job = jobs.Cancel(Required(request.Id)) });

    public override Task<V1.ListJobsResponse> ListJobs(V1.ListJobsRequest request, ServerCallContext context)
    {
        var (page, next) = jobs.List(request.PageSize, request.PageToken);
        return Task.FromResult(new V1.ListJobsResponse { Jobs = { page }, NextPageToken = next });
    }

    private static string Required(string id) =>
        id.Length > 0 ? id : throw FaultException.Invalid("Which job? Its id is the digest of its recipe.", "id");
}
