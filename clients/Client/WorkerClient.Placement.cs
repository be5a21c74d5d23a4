using System.Net;
using Graft.Client.Calls;
using Graft.Client.Calls.Placement;
using Graft.Faults;

namespace Graft.Client;

public sealed partial class WorkerClient
{
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
        var pods = worker.Placement.Pods;
        if (pods.Count < 2 || worker.Placement.PlaceOf(job) is not null)
        {
            return;
        }

        var jobs = new V1.JobService.JobServiceClient(worker.Invoker);
        var request = new V1.GetJobRequest { Id = job };
        foreach (var pod in pods)
        {
            worker.Placement.Place(job, pod);
            try
            {
                var found = await worker.CallOnceAsync(options => jobs.GetJobAsync(request, JobPlacement.About(options, job)), cancellationToken);
                if (found.Job.State is V1.JobState.Running or V1.JobState.Succeeded)
                {
                    return;
                }
            }
            catch (FaultException fault) when (fault.Kind is FaultKind.NotFound or FaultKind.Unavailable)
            {
                // Not there.
            }
        }

        worker.Placement.Forget(job);
    }
}
