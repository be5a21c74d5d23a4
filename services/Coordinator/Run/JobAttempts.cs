using System.Diagnostics.CodeAnalysis;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator.Run;

/// <summary>How an attempt came out: the job's end, or when to try again, or neither when the job was given up.</summary>
/// <param name="Ended">The job's end.</param>
/// <param name="Again">How long to wait before the next attempt.</param>
internal sealed record AttemptResult(JobStatus? Ended, TimeSpan? Again)
{
    /// <summary>
    /// Whether it was lost while it ran: then it alone waits. A worker that takes no job (full, or away) would take no other of its kind
    /// either, and all of them wait.
    /// </summary>
    public bool WasRunning { get; init; }
}

/// <summary>Takes a job to a worker and follows it there, and decides what each way it can go wrong means.</summary>
internal sealed partial class JobAttempts(
    IWorld world, IOptions<CoordinatorOptions> options, TimeProvider time, ILogger<JobAttempts> logger)
{
    private static readonly TimeSpan _cancelLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    /// <param name="job">The job; nobody else attempts it meanwhile.</param>
    /// <param name="tell">Told of each state while it runs.</param>
    /// <param name="cancellationToken">Ends the attempt, not the job.</param>
    [SuppressMessage("Design", "CA1031", Justification = "The edge of a job: a bug fails this job with a log entry, and no other.")]
    public async Task<AttemptResult> TryAsync(PooledJob job, Action<JobStatus> tell, CancellationToken cancellationToken)
    {
        try
        {
            return new AttemptResult(await FollowAsync(job, tell, cancellationToken), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new AttemptResult(null, null);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Exhausted)
        {
            return new AttemptResult(null, fault.RetryAfter ?? _retryAfter);
        }
        catch (FaultException fault) when (Backoff.Passes(fault) && !HasFailedTooLong(job))
        {
            LogLost(fault.Message, Kind(job.Recipe), job.Digest, job.Failures);
            return new AttemptResult(null, Backoff.After(job.Failures)) { WasRunning = job.Last is not null };
        }
        catch (FaultException fault)
        {
            return new AttemptResult(Failed(job, fault), null);
        }
        catch (Exception bug)
        {
            LogBug(bug, Kind(job.Recipe), job.Digest);
            return new AttemptResult(Failed(job, new FaultException(FaultKind.Internal, $"The coordinator failed over this job: {bug.Message}", bug)), null);
        }
    }

    /// <summary>Tells the worker to stop, as well as it can be told.</summary>
    public async Task StopAsync(PooledJob job)
    {
        using var limit = new CancellationTokenSource(_cancelLimit, time);
        try
        {
            await world.CancelAsync(job.Recipe, limit.Token);
        }
        catch (Exception exception) when (exception is FaultException or OperationCanceledException)
        {
            LogNotStopped(exception, Kind(job.Recipe), job.Digest);
        }
    }

    private async Task<JobStatus> FollowAsync(PooledJob job, Action<JobStatus> tell, CancellationToken cancellationToken)
    {
        // Somebody may have made it while it queued. Training looks for itself: it may have checkpoints to publish again.
        if (job.Recipe is not TrainRecipe && (await world.LookUpResultsAsync([job.Digest], cancellationToken))[0] is { } made)
        {
            return Status(job, JobState.Succeeded) with { Outputs = new Dictionary<string, Digest> { ["result"] = made } };
        }

        await foreach (var status in world.RunAsync(job.Recipe, cancellationToken))
        {
            if (status.State != JobState.Running && job.Last is null)
            {
                // It ended before we saw it run; it did run.
                tell(status with { State = JobState.Running, Error = null });
            }

            switch (status)
            {
                case { State: JobState.Succeeded }:
                    return status;
                case { State: JobState.Failed }:
                    throw status.Error ?? new FaultException(FaultKind.Internal, "The job failed without saying why.");
                case { State: JobState.Cancelled }:
                    throw new FaultException(FaultKind.Unavailable, "The worker gave the job up.");
                case { State: JobState.Running }:
                    NoteProgress(job, status);
                    tell(status);
                    break;
            }
        }

        throw new FaultException(FaultKind.Unavailable, "The worker stopped talking about the job before its end.");
    }

    // Only new ground counts: a job that kills its worker at the same place each time is given up in the end.
    private static void NoteProgress(PooledJob job, JobStatus status)
    {
        if (status.Progress?.Completed > job.Furthest)
        {
            job.Furthest = status.Progress.Completed;
            job.Failures = 0;
            job.FailingSince = null;
        }
    }

    private bool HasFailedTooLong(PooledJob job)
    {
        job.Failures++;
        job.FailingSince ??= time.GetUtcNow();
        return time.GetUtcNow() - job.FailingSince >= options.Value.GiveUpAfter;
    }

    private static JobStatus Failed(PooledJob job, FaultException fault) => Status(job, JobState.Failed) with { Error = fault };

    private static JobStatus Status(PooledJob job, JobState state) => new(
        job.Digest.ToString(), Kind(job.Recipe), state, job.Last?.Progress, job.Last?.Outputs ?? new Dictionary<string, Digest>(), null);

    /// <summary>The word for a recipe's kind, as its worker says it.</summary>
    internal static string Kind(Recipe recipe) => recipe switch
    {
        TrainRecipe => "train",
        ExtractRecipe => "extract",
        MergeRecipe => "merge",
        CompareRecipe => "compare",
        EvaluateRecipe => "evaluate",
        _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.GetType().Name, "No worker executes this."),
    };

    [LoggerMessage(510, LogLevel.Warning, "The {Kind} job {Job} was lost and is tried again (failure {Failures}): {Reason}")]
    private partial void LogLost(string reason, string kind, Digest job, int failures);

    [LoggerMessage(511, LogLevel.Error, "The {Kind} job {Job} failed through a bug.")]
    private partial void LogBug(Exception exception, string kind, Digest job);

    [LoggerMessage(512, LogLevel.Warning, "The {Kind} job {Job} could not be told to stop.")]
    private partial void LogNotStopped(Exception exception, string kind, Digest job);
}
