using System.Diagnostics;
using Graft.Hosting.Telemetry;

namespace Graft.Hosting.Jobs;

/// <summary>The span of a job's execution: a child of the call that started it, which it outlives.</summary>
internal static class JobSpan
{
    /// <param name="job">The job.</param>
    /// <param name="caller">Span of the call; default for none.</param>
    public static Activity? Start(TrackedJob job, ActivityContext caller)
    {
        var span = GraftTracing.Source.StartActivity($"execute {job.Kind}", ActivityKind.Internal, caller);
        span?.SetTag("graft.job.id", job.Id).SetTag("graft.job.kind", job.Kind);
        return span;
    }

    public static void End(Activity? span, JobOutcome outcome)
    {
        span?.SetTag("graft.job.state", outcome.State.ToString().ToLowerInvariant());
        if (outcome.State == V1.JobState.Failed)
        {
            span?.SetStatus(ActivityStatusCode.Error, outcome.Error?.Message);
        }

        span?.Dispose();
    }
}
