using System.Diagnostics;
using Graft.Hosting.Telemetry;

namespace Graft.Coordinator.Run;

/// <summary>Spans of runs and of their jobs: a trace for each job, which may be several runs', linked to the runs that wait for it.</summary>
internal static class RunSpan
{
    public static Activity? Start(RunBoard board)
    {
        var span = GraftTracing.Source.StartActivity("run");
        return span?.SetTag("graft.run.id", board.Run.Id).SetTag("graft.run.name", board.Run.Name).SetTag("graft.run.steps", board.Plan.Steps.Count);
    }

    public static void End(Activity? span, RunBoard board)
    {
        span?.SetTag("graft.run.state", board.Run.State.ToString().ToLowerInvariant());
        span?.SetStatus(board.Run.State == RunState.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
    }

    /// <summary>From a job's place in the queue to its end.</summary>
    public static Activity? StartJob(PooledJob job)
    {
        var span = GraftTracing.StartTrace($"job {JobAttempts.Kind(job.Recipe)}");
        return span?.SetTag("graft.job.id", job.Digest.ToString()).SetTag("graft.job.kind", JobAttempts.Kind(job.Recipe));
    }

    /// <summary>One try at a worker; it and what it calls are below the job's span, whoever's thread this is.</summary>
    public static Activity? StartAttempt(PooledJob job)
    {
        Activity.Current = job.Span;
        return job.Span is null ? null : GraftTracing.Source.StartActivity("attempt");
    }

    /// <summary>The run whose span is current waits for the job as well.</summary>
    public static void Link(PooledJob job)
    {
        if (job.Span is { } span && Activity.Current is { } run)
        {
            span.AddLink(new ActivityLink(run.Context));
        }
    }

    public static void EndJob(PooledJob job, Client.JobStatus? ended)
    {
        job.Span?.SetTag("graft.job.state", ended?.State.ToString().ToLowerInvariant() ?? "abandoned");
        if (ended?.Error is { } error)
        {
            job.Span?.SetStatus(ActivityStatusCode.Error, error.Message);
        }

        job.Span?.Dispose();
    }
}
