using System.Diagnostics.Metrics;
using Graft.Trainer.Data;
using Graft.Trainer.Training;

namespace Graft.Trainer;

/// <summary>What the trainer tells Prometheus.</summary>
internal sealed class TrainerMetrics
{
    private readonly Counter<long> _steps;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _stepSeconds;

    public TrainerMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("Graft");
        _steps = meter.CreateCounter<long>("graft_training_steps", description: "Optimizer updates done.");
        _tokens = meter.CreateCounter<long>("graft_training_tokens", description: "Tokens that counted in the loss.");
        _rows = meter.CreateCounter<long>("graft_training_data_rows", description: "Rows of training data read, by what became of them.");
        _stepSeconds = meter.CreateHistogram<double>("graft_training_step_duration", "s", "Time of one update.");
    }

    public void Add(DataReport report)
    {
        foreach (var fate in Enum.GetValues<RowFate>())
        {
            _rows.Add(report[fate], new KeyValuePair<string, object?>("fate", fate.ToString()));
        }
    }

    public void Add(StepResult result, TimeSpan elapsed)
    {
        _steps.Add(1);
        _tokens.Add(result.Tokens);
        _stepSeconds.Record(elapsed.TotalSeconds);
    }
}
