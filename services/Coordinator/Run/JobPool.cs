using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator.Run;

/// <summary>
/// Executes recipes of all runs: at most <see cref="CoordinatorOptions.MaxConcurrentJobs"/> at a time, those with the longest path behind
/// them first, each recipe once however many want it. A full or silent worker is waited for; its slot goes to other kinds of work.
/// </summary>
internal sealed class JobPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, PooledJob> _jobs = [];
    private readonly JobAttempts _attempts;
    private readonly JobLanes _lanes;
    private readonly int _slots;
    private readonly CancellationToken _stopping;
    private int _taken;
    private long _sequence;

    /// <param name="attempts">Takes jobs to workers.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">Clock.</param>
    /// <param name="stopping">Cancelled when the process stops: jobs are then left to run on.</param>
    public JobPool(JobAttempts attempts, IOptions<CoordinatorOptions> options, TimeProvider time, CancellationToken stopping)
    {
        _attempts = attempts;
        _lanes = new JobLanes(time, Pump);
        _slots = options.Value.MaxConcurrentJobs;
        _stopping = stopping;
    }

    /// <summary>Executes a recipe, or joins its execution.</summary>
    /// <param name="recipe">What to execute.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="path">Work that waits behind it.</param>
    /// <param name="observe">Told of each state of the job, null while it queues; called under a lock, so it must only take note.</param>
    /// <param name="cancellationToken">Stops waiting; the job is cancelled when nobody else waits for it.</param>
    /// <returns>The job's end, succeeded or failed.</returns>
    public async Task<JobStatus> RunAsync(
        Recipe recipe, Digest digest, long path, Action<JobStatus?> observe, CancellationToken cancellationToken)
    {
        var job = await JoinAsync(recipe, digest, path, observe, cancellationToken);
        Pump();
        try
        {
            return await job.Ended.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await LeaveAsync(job, observe);
            throw;
        }
    }

    /// <summary>Jobs of a kind that somebody wants and that have not ended, and how many of them are with no worker.</summary>
    public (int Wanted, int Queued) Count(string kind)
    {
        lock (_lock)
        {
            PooledJob[] jobs = [.. _jobs.Values.Where(job => !job.IsAbandoned && JobAttempts.Kind(job.Recipe) == kind)];
            return (jobs.Length, jobs.Count(job => job.Last is null));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _lanes.Dispose();
        }
    }

    private async Task<PooledJob> JoinAsync(
        Recipe recipe, Digest digest, long path, Action<JobStatus?> observe, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task leaving;
            lock (_lock)
            {
                if (!_jobs.TryGetValue(digest, out var job))
                {
                    job = new PooledJob(recipe, digest, (-path, ++_sequence));
                    _jobs.Add(digest, job);
                    _lanes.Enqueue(job);
                }

                if (!job.IsAbandoned)
                {
                    job.Observers.Add(observe);
                    observe(job.Last);
                    return job;
                }

                leaving = job.Attempt!;
            }

            // Given up a moment ago: a new job must not meet the cancellation of the old one.
            await leaving.WaitAsync(cancellationToken);
        }
    }

    private async Task LeaveAsync(PooledJob job, Action<JobStatus?> observe)
    {
        Task attempt;
        lock (_lock)
        {
            job.Observers.Remove(observe);
            if (job.Observers.Count > 0 || job.Ended.Task.IsCompleted)
            {
                return;
            }

            job.IsAbandoned = true;
            attempt = job.Attempt ?? Task.CompletedTask;
            if (job.Attempt is null)
            {
                _jobs.Remove(job.Digest);
            }
        }

        // Not under the lock: whoever listens to the token may go on at once, on this thread.
        await job.Abandoned.CancelAsync();
        await attempt;
    }

    private void Pump()
    {
        lock (_lock)
        {
            while (_taken < _slots && !_stopping.IsCancellationRequested && _lanes.TakeNext() is { } job)
            {
                _taken++;
                job.Attempt = Task.Run(() => AttemptAsync(job), CancellationToken.None);
            }
        }
    }

    private async Task AttemptAsync(PooledJob job)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.Abandoned.Token, _stopping);
        var result = await _attempts.TryAsync(job, status => Tell(job, status), either.Token);
        if (result.Ended is null && job.IsAbandoned && !_stopping.IsCancellationRequested)
        {
            await _attempts.StopAsync(job);
        }

        lock (_lock)
        {
            _taken--;
            job.Attempt = null;
            if (result.Ended is null && !job.IsAbandoned)
            {
                Tell(job, null);
                _lanes.Enqueue(job);
                _lanes.Pause(job.Recipe, result.Again ?? TimeSpan.Zero);
            }
            else
            {
                _jobs.Remove(job.Digest);

                // Its worker has a free slot now.
                _lanes.Resume(job.Recipe);
            }
        }

        if (result.Ended is { } ended)
        {
            Tell(job, ended);
            job.Ended.SetResult(ended);
        }

        Pump();
    }

    private void Tell(PooledJob job, JobStatus? status)
    {
        lock (_lock)
        {
            job.Last = status;
            foreach (var observe in job.Observers)
            {
                observe(status);
            }
        }
    }
}
