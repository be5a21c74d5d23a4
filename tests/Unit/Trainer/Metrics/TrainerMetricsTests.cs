using System.Diagnostics.Metrics;
using Graft.Trainer.Metrics;
using Graft.Trainer.Training;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Metrics;

public sealed class TrainerMetricsTests
{
    [Fact]
    public void Running_jobs_are_gauges_and_steps_are_counted()
    {
        using var services = new ServiceCollection().AddMetrics().AddSingleton<StepFeeds>().AddSingleton<TrainerMetrics>().BuildServiceProvider();
        var feeds = services.GetRequiredService<StepFeeds>();
        var metrics = services.GetRequiredService<TrainerMetrics>();
        Dictionary<string, double> seen = [];
        using var listener = Listen(services.GetRequiredService<IMeterFactory>(), seen);
        var timing = new StepTiming(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(60), 200, 300, 1000, 0.4);
        var feed = feeds.Open("0123456789abcdef", 10);
        feed.Add(new StepMetrics(3, 1.5, 2e-5, 0.75, 300, 1) { Timing = timing });

        metrics.Add(new StepResult(1.5, 0.75, 2e-5, 100, 150, timing.Data), timing);
        metrics.Add(new StepResult(double.NaN, 0.75, 2e-5, 100, 150, timing.Data), timing);
        listener.RecordObservableInstruments();

        Assert.Equal(2, seen["graft_training_steps"]);
        Assert.Equal(1, seen["graft_training_steps_skipped"]);
        Assert.Equal(100, seen["graft_training_tokens"]);
        Assert.Equal(1.0, seen["graft_training_step_duration"], 1e-9);
        Assert.Equal(0.2, seen["graft_training_data_wait"], 1e-9);
        Assert.Equal(1.5, seen["graft_training_loss 0123456789ab"]);
        Assert.Equal(2e-5, seen["graft_training_learning_rate 0123456789ab"]);
        Assert.Equal(0.75, seen["graft_training_gradient_norm 0123456789ab"]);
        Assert.Equal(200, seen["graft_training_tokens_per_second 0123456789ab"]);
        Assert.Equal(60, seen["graft_training_remaining 0123456789ab"]);
        Assert.Equal(1000, seen["graft_training_memory 0123456789ab"]);
        Assert.Equal(0.4, seen["graft_training_flop_utilization 0123456789ab"]);

        feed.End();
        seen.Clear();
        listener.RecordObservableInstruments();
        Assert.DoesNotContain("graft_training_loss 0123456789ab", seen.Keys);
    }

    /// <summary>Sums of counters and histograms by name, last values of gauges by name and job.</summary>
    private static MeterListener Listen(IMeterFactory factory, Dictionary<string, double> seen)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    all.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + value);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var isGauge = instrument is ObservableGauge<double>;
            var name = isGauge ? $"{instrument.Name} {tags[0].Value}" : instrument.Name;
            seen[name] = isGauge ? value : seen.GetValueOrDefault(name) + value;
        });
        listener.Start();
        return listener;
    }
}
