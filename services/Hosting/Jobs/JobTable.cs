using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Graft.Faults;
using Graft.Hosting.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Jobs;

/// <summary>
/// The jobs of this process: running ones, at most <see cref="JobOptions.MaxConcurrentJobs"/>, and the last
/// <see cref="JobOptions.KeepEnded"/> ended ones. A job goes on when nobody watches it.
/// </summary>
public sealed partial class JobTable(
    IOptions<JobOptions> options, IMeterFactory meters, TimeProvider time, ILogger<JobTable> logger, IHttpContextAccessor? requests = null)
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1000;

    private readonly Lock _lock = new();
    private readonly JobMetrics _metrics = new(meters, options.Value.MaxConcurrentJobs);
    private readonly Dictionary<string, TrackedJob> _jobs = [];
    private readonly Dictionary<TrackedJob, Task> _running = [];
    private readonly Queue<TrackedJob> _ended = [];
    private long _sequence;
    private volatile bool _stopping;

    /// <summary>
    /// Starts a job, or attaches to the running or succeeded one of that id; one that failed or was cancelled starts again.
    /// </summary>
    /// <exception cref="FaultException">Exhausted: all slots are taken, with the time to wait. Unavailable: the host is stopping.</exception>
    public V1.Job Start(JobRequest request)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(request.Id, out var known)
                && known.Snapshot() is { State: V1.JobState.Running or V1.JobState.Succeeded } state)
            {
                return state;
            }

            var caller = requests?.HttpContext?.Features.Get<Caller>() is { IsLimited: true } limited ? limited.Name : null;
            RefuseUnlessFree(request.Kind, caller);
            var job = new TrackedJob(++_sequence, request, time.GetUtcNow()) { Caller = caller };
            _jobs[request.Id] = job;
            _metrics.Started(job);
            LogStarted(job.Kind, job.Id);

            // The thread may end the job at once; it then waits for this lock, and finds the job in the table.
            var trace = Activity.Current?.Context ?? default;
            _running.Add(job, JobThread.RunAsync($"{job.Kind} {job.Id}", () => RunAsync(job, request, trace)));
            return job.Snapshot();
        }
    }

    /// <exception cref="FaultException">NotFound.</exception>
    public V1.Job Get(string id) => Find(id).Snapshot();

    /// <summary>The job now and after each change, until its end; a slow reader skips states, never the last.</summary>
    /// <exception cref="FaultException">NotFound. Unavailable: the host stopped the job; start it again elsewhere or later.</exception>
    public async IAsyncEnumerable<V1.Job> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var job = Find(id);
        while (true)
        {
            var (state, changed) = job.Observe();
            if (state.State == V1.JobState.Cancelled && _stopping)
            {
                throw Stopping();
            }

            yield return state;
            if (state.State != V1.JobState.Running)
            {
                yield break;
            }

            await PauseAsync(job, cancellationToken);
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Asks a job to stop; it has stopped when its state says so. Nothing happens to one that has ended.</summary>
    /// <exception cref="FaultException">NotFound.</exception>
    public V1.Job Cancel(string id)
    {
        var job = Find(id);
        job.Cancel();
        return job.Snapshot();
    }

    /// <summary>Jobs by their start, newest first.</summary>
    /// <param name="pageSize">At most so many; 0 for 100, 1000 at the most.</param>
    /// <param name="pageToken">From the page before; empty for the first.</param>
    /// <returns>The page, and the token of the next one, empty on the last.</returns>
    /// <exception cref="FaultException">Invalid.</exception>
    public (IReadOnlyList<V1.Job> Jobs, string NextPageToken) List(int pageSize, string pageToken)
    {
        var size = pageSize switch
        {
            0 => DefaultPageSize,
            > 0 => Math.Min(pageSize, MaxPageSize),
            _ => throw FaultException.Invalid($"A page of {pageSize} jobs is not possible; ask for 1 to {MaxPageSize}.", "page_size"),
        };
        var before = pageToken.Length == 0 ? long.MaxValue
            : long.TryParse(pageToken, out var sequence) ? sequence
            : throw FaultException.Invalid("The page token is none of ours; begin again without one.", "page_token");
        TrackedJob[] page;
        lock (_lock)
        {
            page = [.. _jobs.Values.Where(job => job.Sequence < before).OrderByDescending(job => job.Sequence).Take(size + 1)];
        }

        var more = page.Length > size;
        return ([.. page.Take(size).Select(job => job.Snapshot())], more ? $"{page[size - 1].Sequence}" : "");
    }

    /// <summary>Takes no more jobs and asks those that run to stop.</summary>
    internal void BeginStop()
    {
        TrackedJob[] running;
        lock (_lock)
        {
            _stopping = true;
            running = [.. _running.Keys];
        }

        foreach (var job in running)
        {
            job.Cancel();
        }
    }

    /// <summary>Waits until no job runs any more, or the token is cancelled.</summary>
    internal async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        Task[] threads;
        lock (_lock)
        {
            threads = [.. _running.Values];
        }

        try
        {
            await Task.WhenAll(threads).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogLeftBehind(threads.Count(thread => !thread.IsCompleted));
        }
    }

    private void RefuseUnlessFree(string kind, string? caller)
    {
        if (_stopping)
        {
            throw Stopping();
        }

        if (_running.Count >= options.Value.MaxConcurrentJobs)
        {
            _metrics.Refused(kind);
            throw new FaultException(
                FaultKind.Exhausted, $"All {_running.Count} slots for jobs are taken; try again in {options.Value.RetryAfter}.")
            {
                RetryAfter = options.Value.RetryAfter,
            };
        }

        var most = options.Value.MaxConcurrentJobsPerCaller;
        if (most > 0 && caller is not null && _running.Keys.Count(job => job.Caller == caller) >= most)
        {
            throw new FaultException(
                FaultKind.Exhausted, $"{caller} has {most} jobs running here, as many as one caller may have; try again in {options.Value.RetryAfter}.")
            {
                RetryAfter = options.Value.RetryAfter,
            };
        }
    }

    private static FaultException Stopping() => new(FaultKind.Unavailable, "This worker is stopping; start the job again in a moment.");

    private TrackedJob Find(string id)
    {
        lock (_lock)
        {
            return _jobs.TryGetValue(id, out var job)
                ? job
                : throw FaultException.NotFound(
                    $"This worker does not know the job '{id}': it never started here, or was lost in a restart. Start it with its recipe.");
        }
    }

    // Keeps a job that reports each of its steps from filling the wire. Only the end cuts the pause short.
    private async Task PauseAsync(TrackedJob job, CancellationToken cancellationToken)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(job.Ended, Task.Delay(options.Value.WatchInterval, time, pause.Token));
        await pause.CancelAsync();
    }

    private async Task RunAsync(TrackedJob job, JobRequest request, ActivityContext caller)
    {
        var span = JobSpan.Start(job, caller);
        var outcome = await JobOutcome.OfAsync(request, new JobContext(job), job.Cancellation);
        JobSpan.End(span, outcome);
        if (outcome.Bug is { } bug)
        {
            LogBug(bug, job.Kind, job.Id);
        }

        var ended = time.GetUtcNow();
        var duration = ended - job.Snapshot().Started.ToDateTimeOffset();
        lock (_lock)
        {
            // The slot is free before the end is seen, so that who saw it can start the next job.
            _running.Remove(job);
            _ended.Enqueue(job);
            Forget();
        }

        _metrics.Ended(job, outcome.State, duration);
        LogEnded(job.Kind, job.Id, outcome.State, duration, outcome.Error?.Message);
        job.End(outcome.State, outcome.Error, ended);
    }

    private void Forget()
    {
        while (_ended.Count > options.Value.KeepEnded)
        {
            var oldest = _ended.Dequeue();
            if (ReferenceEquals(_jobs.GetValueOrDefault(oldest.Id), oldest))
            {
                _jobs.Remove(oldest.Id);
            }
        }
    }

    [LoggerMessage(110, LogLevel.Information, "The {Kind} job {JobId} started.")]
    private partial void LogStarted(string kind, string jobId);

    [LoggerMessage(111, LogLevel.Information, "The {Kind} job {JobId} ended as {State} after {Duration}. {Error}")]
    private partial void LogEnded(string kind, string jobId, V1.JobState state, TimeSpan duration, string? error);

    [LoggerMessage(112, LogLevel.Error, "The {Kind} job {JobId} failed through a bug.")]
    private partial void LogBug(Exception exception, string kind, string jobId);

    [LoggerMessage(113, LogLevel.Warning, "{Count} jobs did not stop in time and are left behind.")]
    private partial void LogLeftBehind(int count);
}
