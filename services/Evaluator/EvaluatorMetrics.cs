using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Results;
using Graft.Evaluator.Tasks;
using Graft.Hosting.Telemetry;

namespace Graft.Evaluator;

/// <summary>What the evaluator tells Prometheus.</summary>
internal sealed class EvaluatorMetrics
{
    // Tasks known by name and their metrics are fewer; descriptions of users may name any number of metrics.
    private const int MaxScores = 200;

    private readonly Counter<long> _requests;
    private readonly Counter<long> _tokens;
    private readonly ConcurrentDictionary<(string Task, string Metric), double> _scores = new();

    public EvaluatorMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(GraftMeter.Name);
        _requests = meter.CreateCounter<long>("graft_evaluation_requests", description: "Requests scored.");
        _tokens = meter.CreateCounter<long>("graft_evaluation_tokens", description: "Tokens read, and room for new ones.");
        meter.CreateObservableGauge("graft_evaluation_score", ReadScores, description: "Score of the last evaluation of a task, in the unit of its metric.");
        _requests.Add(0);
        _tokens.Add(0);
    }

    public void Add(WorkDone done)
    {
        _requests.Add(done.Requests);
        _tokens.Add(done.Tokens);
    }

    /// <summary>Takes the scores of an evaluation in place of those its task had before.</summary>
    public void Add(TaskRules rules, TaskResult result)
    {
        foreach (var (name, estimate) in result.Metrics)
        {
            var key = (TaskOf(rules), name);
            if (_scores.Count < MaxScores || _scores.ContainsKey(key))
            {
                _scores[key] = estimate.Value;
            }
        }
    }

    // A label takes no text of a user's: the tasks of the catalogue, and one word for each other way to ask.
    private static string TaskOf(TaskRules rules) => rules switch
    {
        NamedTaskRules named => named.Name,
        DescribedTaskRules => "described",
        LogLikelihoodRules => "log_likelihood",
        GenerationRules => "generation",
        _ => throw new UnreachableException(),
    };

    private IEnumerable<Measurement<double>> ReadScores() =>
        _scores.Select(score => new Measurement<double>(score.Value, new TagList { { "task", score.Key.Task }, { "metric", score.Key.Metric } }));
}
