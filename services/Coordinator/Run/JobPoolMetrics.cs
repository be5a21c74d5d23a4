using System.Diagnostics.Metrics;
using Graft.Hosting.Telemetry;

namespace Graft.Coordinator.Run;

/// <summary>
/// graft_jobs_wanted{kind}, which is what workers are scaled by: jobs that have not ended. graft_jobs_queued{kind}: those of them that no
/// worker has taken. Both are told as 0 too, because a metric that is missing scales nothing.
/// </summary>
internal sealed class JobPoolMetrics
{
    private static readonly string[] _kinds = ["train", "extract", "merge", "compare", "evaluate"];

    public JobPoolMetrics(JobPool pool, IMeterFactory meters)
    {
        var meter = meters.Create(GraftMeter.Name);
        meter.CreateObservableGauge("graft_jobs_wanted", () => Read(kind => pool.Count(kind).Wanted), description: "Jobs of runs that have not ended.");
        meter.CreateObservableGauge("graft_jobs_queued", () => Read(kind => pool.Count(kind).Queued), description: "Jobs of runs that no worker has taken.");
    }

    private static IEnumerable<Measurement<int>> Read(Func<string, int> count) =>
        _kinds.Select(kind => new Measurement<int>(count(kind), new KeyValuePair<string, object?>("kind", kind)));
}
