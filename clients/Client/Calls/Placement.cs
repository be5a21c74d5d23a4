using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Client.Calls;

/// <summary>Which of several workers has which job, and which one gets the next.</summary>
internal sealed class Placement
{
    // A worker that is not there must not hold up the search for a job among all of them.
    private static readonly TimeSpan _searchLimit = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<Digest, Worker> _placed = new();

    /// <summary>Where a job was put; null when this client did not put it anywhere, or knows that it is not there any more.</summary>
    public Worker? Find(Digest job) => _placed.GetValueOrDefault(job);

    /// <summary>
    /// Starts a job where it runs already, or else at the first worker that takes it: those with the fewest jobs are asked first, those
    /// that did not answer a moment ago last.
    /// </summary>
    /// <exception cref="FaultException">Exhausted: all are full, with the least time to wait. Unavailable: none answers. What else a worker says.</exception>
    public async Task<V1.Job> StartAsync(
        IReadOnlyList<Worker> workers, Digest job, Func<Worker, CancellationToken, Task<V1.Job>> submit, CancellationToken cancellationToken)
    {
        var known = Find(job) is { } placed && workers.Contains(placed) ? placed : await SearchAsync(workers, job, cancellationToken);
        var order = workers.OrderBy(worker => worker != known).ThenBy(worker => worker.IsAway).ThenBy(worker => worker.Jobs);
        FaultException? full = null;
        FaultException? away = null;
        foreach (var worker in order.ToArray())
        {
            try
            {
                var state = await submit(worker, cancellationToken);
                Put(job, worker);
                return state;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Exhausted)
            {
                full = full?.RetryAfter < fault.RetryAfter ? full : fault;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
            {
                worker.IsSilent();
                away = fault;
            }
        }

        throw full ?? away!;
    }

    /// <summary>The worker a job runs at, whoever put it there; null for none that answers.</summary>
    public static async Task<Worker?> SearchAsync(IReadOnlyList<Worker> workers, Digest job, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_searchLimit);
        var answers = await Task.WhenAll(workers.Where(worker => !worker.IsAway).Select(async worker =>
        {
            var jobs = new V1.JobService.JobServiceClient(worker.Endpoint.Invoker);
            try
            {
                var request = new V1.GetJobRequest { Id = job.ToString() };
                var answer = await worker.Endpoint.CallOnceAsync(options => jobs.GetJobAsync(request, options), limit.Token);
                return answer.Job.State == V1.JobState.Running ? worker : null;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
            {
                worker.IsSilent();
                return null;
            }
            catch (FaultException)
            {
                // It does not know the job, or does not say.
                return null;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                worker.IsSilent();
                return null;
            }
        }));
        return answers.FirstOrDefault(worker => worker is not null);
    }

    /// <summary>The job has ended, or its worker lost it.</summary>
    public void Remove(Digest job)
    {
        if (_placed.TryRemove(job, out var worker))
        {
            worker.Left();
        }
    }

    public void Put(Digest job, Worker worker)
    {
        Remove(job);
        if (_placed.TryAdd(job, worker))
        {
            worker.Took();
        }
    }
}
