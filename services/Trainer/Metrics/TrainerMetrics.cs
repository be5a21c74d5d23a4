using System.Diagnostics.Metrics;
using Graft.Hosting.Telemetry;
using Graft.Trainer.Data;
using Graft.Trainer.Training;

namespace Graft.Trainer.Metrics;

/// <summary>What the trainer tells Prometheus: counters over all jobs, and how each running job stands.</summary>
internal sealed class TrainerMetrics
{
    // From a tiny model's step to one with accumulation on a large one.
    private static readonly InstrumentAdvice<double> _stepTimes = new()
    {
        HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private readonly Counter<long> _steps;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _stepSeconds;
    private readonly Histogram<double> _dataSeconds;
    private readonly StepFeeds _feeds;

    public TrainerMetrics(IMeterFactory factory, StepFeeds feeds)
    {
        _feeds = feeds;
        var meter = factory.Create(GraftMeter.Name);
        _steps = meter.CreateCounter<long>("graft_training_steps", description: "Steps done.");
        _skipped = meter.CreateCounter<long>("graft_training_steps_skipped", description: "Steps without an update, because loss or gradient was no number.");
        _tokens = meter.CreateCounter<long>("graft_training_tokens", description: "Tokens that counted in the loss.");
        _rows = meter.CreateCounter<long>("graft_training_data_rows", description: "Rows of training data read, by what became of them.");
        _stepSeconds = meter.CreateHistogram("graft_training_step_duration", "s", "Time of one step.", advice: _stepTimes);
        _dataSeconds = meter.CreateHistogram("graft_training_data_wait", "s", "Time a step waited for its batch.", advice: _stepTimes);
        meter.CreateObservableGauge("graft_training_step", () => Read(step => step.Step), description: "Steps a running job has done.");
        meter.CreateObservableGauge("graft_training_loss", () => Read(step => step.Loss), description: "Loss of the last step.");
        meter.CreateObservableGauge("graft_training_learning_rate", () => Read(step => step.LearningRate), description: "Learning rate of the last step.");
        meter.CreateObservableGauge("graft_training_gradient_norm", () => Read(step => step.GradientNorm), description: "Gradient norm of the last step, before clipping.");
        meter.CreateObservableGauge("graft_training_tokens_per_second", () => Read(step => step.Timing?.TokensPerSecond), description: "Counted tokens a second in the last step.");
        meter.CreateObservableGauge("graft_training_remaining", () => Read(step => step.Timing?.Remaining.TotalSeconds), "s", "Expected time to the end.");
        meter.CreateObservableGauge("graft_training_memory", () => Read(step => step.Timing?.MemoryBytes), "By", "Memory of the process.");
        meter.CreateObservableGauge("graft_training_flop_utilization", () => Read(step => step.Timing?.Utilization), description: "Share of the device's peak, where that is set.");
        Add(new DataReport());
        _skipped.Add(0);
    }

    public void Add(DataReport report)
    {
        foreach (var fate in Enum.GetValues<RowFate>())
        {
            _rows.Add(report[fate], new KeyValuePair<string, object?>("fate", fate.ToString()));
        }
    }

    public void Add(StepResult result, StepTiming timing)
    {
        _steps.Add(1);
        _skipped.Add(result.IsSkipped ? 1 : 0);
        _tokens.Add(result.IsSkipped ? 0 : result.Tokens);
        _stepSeconds.Record(timing.Step.TotalSeconds);
        _dataSeconds.Record(timing.Data.TotalSeconds);
    }

    private IEnumerable<Measurement<double>> Read(Func<StepMetrics, double?> value)
    {
        foreach (var feed in _feeds.Running.Take(RunningLabel.MaxShown))
        {
            if (feed.Last is { } step && value(step) is { } number)
            {
                yield return new Measurement<double>(number, new KeyValuePair<string, object?>(RunningLabel.Job, RunningLabel.Short(feed.Job)));
            }
        }
    }
}
