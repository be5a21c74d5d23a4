using System.Diagnostics.Metrics;
using Graft.Evaluator.Tasks;

namespace Graft.Evaluator;

/// <summary>What the evaluator tells Prometheus.</summary>
internal sealed class EvaluatorMetrics
{
    private readonly Counter<long> _requests;
    private readonly Counter<long> _tokens;

    public EvaluatorMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("Graft");
        _requests = meter.CreateCounter<long>("graft_evaluation_requests", description: "Requests scored.");
        _tokens = meter.CreateCounter<long>("graft_evaluation_tokens", description: "Tokens read, and room for new ones.");
    }

    public void Add(WorkDone done)
    {
        _requests.Add(done.Requests);
        _tokens.Add(done.Tokens);
    }
}
