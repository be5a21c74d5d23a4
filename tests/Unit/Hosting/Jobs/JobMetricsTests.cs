using System.Diagnostics.Metrics;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Unit.Hosting.Jobs;

public sealed class JobMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<string> _shown = [];

    [Fact]
    public void Only_running_jobs_have_a_series_and_no_more_than_the_limit()
    {
        var metrics = new JobMetrics(_services.GetRequiredService<IMeterFactory>(), slots: 100);
        using var listener = Listen();
        var jobs = Enumerable.Range(0, RunningLabel.MaxShown + 6).Select(i => Running($"{i:d3}abcdefghijklm")).ToList();
        jobs.ForEach(metrics.Started);

        Assert.Equal(jobs.Take(RunningLabel.MaxShown).Select(job => job.Id[..12]), Read(listener));

        // In the place of those that have ended come those that were not shown.
        jobs.Take(10).ToList().ForEach(job => metrics.Ended(job, V1.JobState.Succeeded, TimeSpan.FromSeconds(1)));
        Assert.Equal(jobs.Skip(10).Select(job => job.Id[..12]), Read(listener));

        jobs.Skip(10).ToList().ForEach(job => metrics.Ended(job, V1.JobState.Failed, TimeSpan.FromSeconds(1)));
        Assert.Empty(Read(listener));
    }

    public void Dispose() => _services.Dispose();

    private static TrackedJob Running(string id)
    {
        var job = new TrackedJob(1, new JobRequest(id, "train", (_, _) => Task.CompletedTask), DateTimeOffset.UnixEpoch);
        new JobContext(job).Report(1, 4, "steps");
        return job;
    }

    private List<string> Read(MeterListener listener)
    {
        _shown.Clear();
        listener.RecordObservableInstruments();
        return [.. _shown];
    }

    private MeterListener Listen()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name == "graft_job_progress_ratio")
                {
                    all.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            Assert.Equal(0.25, value);
            Assert.Equal(["kind", "job_id"], tags.ToArray().Select(tag => tag.Key));
            _shown.Add((string)tags[1].Value!);
        });
        listener.Start();
        return listener;
    }
}
