using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>Verdicts on predicates in words.</summary>
internal static class PredicateWords
{
    public static string Of(Verdict? verdict) => verdict switch
    {
        Verdict.Held => "holds",
        Verdict.DidNotHold => "fails",
        Verdict.Undecided => "undecided",
        _ => "not applicable",
    };
}
