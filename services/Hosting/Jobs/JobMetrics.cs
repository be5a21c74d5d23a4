using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Hosting.Telemetry;

namespace Graft.Hosting.Jobs;

/// <summary>What the job table tells Prometheus: counts and durations by kind, and how far each running job is.</summary>
internal sealed class JobMetrics
{
    private readonly Lock _lock = new();
    private readonly List<TrackedJob> _shown = [];
    private readonly Counter<long> _started;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;
    private readonly UpDownCounter<long> _running;
    private readonly Histogram<double> _duration;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="slots">Jobs that may run at one time.</param>
    public JobMetrics(IMeterFactory meters, int slots)
    {
        var meter = meters.Create(GraftMeter.Name);
        _started = meter.CreateCounter<long>("graft_jobs_started", description: "Jobs started.");
        _ended = meter.CreateCounter<long>("graft_jobs_ended", description: "Jobs ended, by state.");
        _refused = meter.CreateCounter<long>("graft_jobs_refused", description: "Jobs sent away because all slots were taken.");
        _running = meter.CreateUpDownCounter<long>("graft_jobs_running", description: "Jobs running now.");
        _duration = meter.CreateHistogram(
            "graft_job_duration",
            "s",
            "Time from start to end of a job.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400] });
        meter.CreateObservableGauge("graft_job_slots", () => slots, description: "Jobs that may run at one time.");
        meter.CreateObservableGauge("graft_job_progress_ratio", ReadProgress, description: "Part of a running job that is done.");
    }

    public void Started(TrackedJob job)
    {
        lock (_lock)
        {
            _shown.Add(job);
        }

        _started.Add(1, new KeyValuePair<string, object?>("kind", job.Kind));
        _running.Add(1, new KeyValuePair<string, object?>("kind", job.Kind));
    }

    public void Refused(string kind) => _refused.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Ended(TrackedJob job, V1.JobState state, TimeSpan duration)
    {
        lock (_lock)
        {
            _shown.Remove(job);
        }

        _running.Add(-1, new KeyValuePair<string, object?>("kind", job.Kind));
        _ended.Add(1, new TagList { { "kind", job.Kind }, { "state", state.ToString().ToLowerInvariant() } });
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("kind", job.Kind));
    }

    private IEnumerable<Measurement<double>> ReadProgress()
    {
        TrackedJob[] shown;
        lock (_lock)
        {
            shown = [.. _shown.Take(RunningLabel.MaxShown)];
        }

        foreach (var job in shown)
        {
            if (job.Snapshot().Progress is { Total: > 0 } progress)
            {
                var tags = new TagList { { "kind", job.Kind }, { RunningLabel.Job, RunningLabel.Short(job.Id) } };
                yield return new Measurement<double>((double)progress.Completed / progress.Total, tags);
            }
        }
    }
}
