using Graft.Cli.Report.Statistics;

namespace Graft.Cli.Report.Claims;

/// <summary>Collects the comparisons of one claim: those whose two scores exist.</summary>
internal sealed class ClaimBuilder(string statement, Scope scope, Metric metric, double margin = 0)
{
    private readonly List<Evidence> _evidence = [];

    /// <summary>The claim says that the first is better, or with a margin no worse by more than that.</summary>
    public ClaimBuilder Better(string firstName, Score? first, string secondName, Score? second)
    {
        if (first is not null && second is not null)
        {
            var test = Comparison.Of(metric, first, second, margin);
            _evidence.Add(new Evidence(new NamedScore(firstName, first), new NamedScore(secondName, second), test));
        }

        return this;
    }

    /// <summary>The claim says that the first is worse, or with a margin better by no more than that.</summary>
    public ClaimBuilder Worse(string firstName, Score? first, string secondName, Score? second)
    {
        if (first is not null && second is not null)
        {
            var better = Comparison.Of(metric, first, second, -margin);
            var test = better with { Gain = -better.Gain };
            _evidence.Add(new Evidence(new NamedScore(firstName, first), new NamedScore(secondName, second), test));
        }

        return this;
    }

    /// <summary>Nothing when the run has no comparison for it.</summary>
    public IEnumerable<Claim> Build() => _evidence.Count == 0 ? [] : [new Claim(statement, scope, metric, margin, _evidence)];
}
