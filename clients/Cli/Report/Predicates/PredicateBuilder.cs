using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>Collects the parts of a predicate; one without comparisons becomes a reason.</summary>
internal sealed class PredicateBuilder(string id, string title, string meaning)
{
    private readonly List<Claim> _parts = [];
    private readonly List<string> _missing = [];
    private readonly List<string> _observations = [];

    /// <param name="claim">A part.</param>
    /// <param name="otherwise">Why it cannot be told, when it has no comparison: "the run ...".</param>
    public PredicateBuilder Part(ClaimBuilder claim, string otherwise)
    {
        Claim[] built = [.. claim.Build()];
        _parts.AddRange(built);
        return built.Length == 0 ? Lacks(otherwise) : this;
    }

    public PredicateBuilder Lacks(string reason)
    {
        if (!_missing.Contains(reason))
        {
            _missing.Add(reason);
        }

        return this;
    }

    public PredicateBuilder Observe(string what)
    {
        _observations.Add(what);
        return this;
    }

    public Predicate Build() => new(id, title, meaning) { Parts = _parts, Missing = _missing, Observations = _observations };
}
