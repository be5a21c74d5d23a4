using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>One of the statements A1 to A8 that are true of the published tables, judged on a run of any trajectory.</summary>
/// <param name="Id">"A1" to "A8".</param>
/// <param name="Title">The statement in one sentence.</param>
/// <param name="Meaning">What exactly is compared on a run of another shape.</param>
internal sealed record Predicate(string Id, string Title, string Meaning)
{
    /// <summary>Everything it says; all must hold.</summary>
    public IReadOnlyList<Claim> Parts { get; init; } = [];

    /// <summary>What of it cannot be told, and why.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>What the run shows beside it that no test is made of.</summary>
    public IReadOnlyList<string> Observations { get; init; } = [];

    /// <summary>Held when all parts are there and held, not when one did not; null where there is nothing to judge.</summary>
    public Verdict? Verdict =>
        Parts.Count == 0 ? null
        : Parts.Any(part => part.Verdict == Claims.Verdict.DidNotHold) ? Claims.Verdict.DidNotHold
        : Missing.Count == 0 && Parts.All(part => part.Verdict == Claims.Verdict.Held) ? Claims.Verdict.Held
        : Claims.Verdict.Undecided;

    /// <summary>Whether the numbers there are are as it says, whatever chance has to do with them; null where there is nothing to judge.</summary>
    public bool? IsTrueOfScores => Parts.Count == 0 ? null : Parts.All(part => part.IsTrueOfScores);
}
