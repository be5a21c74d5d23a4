using System.Net;
using Graft.Client.Calls;
using Graft.Client.Calls.Placement;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client;

public sealed partial class WorkerClient
{
    // For pods that are being connected to; one that is on its way out never comes.
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(1);

    /// <summary>Submits to the pod that has the job already, else to one with a free slot.</summary>
    /// <exception cref="FaultException">Exhausted: every pod is full.</exception>
    private static async Task<V1.Job> SubmitToAnyAsync(
        Endpoint worker, string job, Func<CancellationToken, Task<V1.Job>> submit, CancellationToken cancellationToken)
    {
        await FindAsync(worker, job, cancellationToken);
        HashSet<EndPoint> full = [];
        while (true)
        {
            try
            {
                return await submit(cancellationToken);
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Exhausted)
            {
                if (worker.Placement.PlaceOf(job) is { } place)
                {
                    full.Add(place);
                }

                worker.Placement.Forget(job);
                if (worker.Placement.Pods.FirstOrDefault(pod => !full.Contains(pod)) is not { } next || full.Count == 0)
                {
                    throw;
                }

                worker.Placement.Place(job, next);
            }
        }
    }

    // A job that another client started, or this one before it was restarted, is joined where it runs.
    private static async Task FindAsync(Endpoint worker, string job, CancellationToken cancellationToken)
    {
        if (!worker.HasPods || worker.Placement.PlaceOf(job) is not null)
        {
            return;
        }

        var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
        var request = new V1.GetJobRequest { Id = job };
        if (worker.Placement.Pods.Count == 0)
        {
            // The first call connects.
            await IsThereAsync(options => jobs.GetJobAsync(request, options));
        }

        await Task.WhenAny(worker.Placement.Complete, Task.Delay(_connectLimit, worker.Time, cancellationToken));
        if (worker.Placement.Pods is not { Count: > 1 } pods)
        {
            return;
        }

        foreach (var pod in pods)
        {
            worker.Placement.Place(job, pod);
            if (await IsThereAsync(options => jobs.GetJobAsync(request, JobPlacement.About(options, job))))
            {
                return;
            }
        }

        worker.Placement.Forget(job);

        async Task<bool> IsThereAsync(Func<CallOptions, AsyncUnaryCall<V1.GetJobResponse>> call)
        {
            try
            {
                return (await worker.CallOnceAsync(call, cancellationToken)).Job.State is V1.JobState.Running or V1.JobState.Succeeded;
            }
            catch (FaultException fault) when (fault.Kind is FaultKind.NotFound or FaultKind.Unavailable)
            {
                return false;
            }
        }
    }
}
