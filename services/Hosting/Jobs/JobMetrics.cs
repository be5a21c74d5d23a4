using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Hosting.Telemetry;

namespace Graft.Hosting.Jobs;

/// <summary>graft_jobs_started_total, graft_jobs_ended_total, graft_jobs_running, graft_job_duration_seconds.</summary>
internal sealed class JobMetrics
{
    private readonly Counter<long> _started;
    private readonly Counter<long> _ended;
    private readonly UpDownCounter<long> _running;
    private readonly Histogram<double> _duration;

    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(GraftMeter.Name);
        _started = meter.CreateCounter<long>("graft_jobs_started", description: "Jobs started.");
        _ended = meter.CreateCounter<long>("graft_jobs_ended", description: "Jobs ended, by state.");
        _running = meter.CreateUpDownCounter<long>("graft_jobs_running", description: "Jobs running now.");
        _duration = meter.CreateHistogram(
            "graft_job_duration",
            "s",
            "Time from start to end of a job.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400] });
    }

    public void Started(string kind)
    {
        _started.Add(1, new KeyValuePair<string, object?>("kind", kind));
        _running.Add(1, new KeyValuePair<string, object?>("kind", kind));
    }

    public void Ended(string kind, V1.JobState state, TimeSpan duration)
    {
        _running.Add(-1, new KeyValuePair<string, object?>("kind", kind));
        _ended.Add(1, new TagList { { "kind", kind }, { "state", state.ToString().ToLowerInvariant() } });
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
    }
}
