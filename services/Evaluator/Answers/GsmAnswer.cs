using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers;

/// <summary>
/// Answers of GSM8K as OLMES reads them (oe_eval 0.1.0, tasks/oe_eval_tasks/gsm8k.py), of the model and of the data alike. Its quirks are
/// kept, because scores are compared: an integer loses its sign, a decimal keeps it; "18.00" is not "18".
/// </summary>
internal static partial class GsmAnswer
{
    /// <summary>The last number; the whole text where there is none.</summary>
    public static string Extract(string text)
    {
        // One pass: of "1,2,3" only the first comma goes, because the digit behind it is used up.
        text = Comma().Replace(text, "$1$2");
        var last = Number().Matches(text).LastOrDefault();
        return last is null ? text : last.Value;
    }

    /// <summary>What stands behind the last "####" of a published solution; null where there is no such mark.</summary>
    public static string? OfSolution(string solution) =>
        solution.LastIndexOf("####", StringComparison.Ordinal) is var mark and >= 0 ? solution[(mark + 4)..].Trim() : null;

    /// <summary>
    /// A published solution as a text a model might say, which OLMES takes for the gold continuation: calculator marks gone, in one line,
    /// with spaces around operators, and the answer in words.
    /// </summary>
    /// <param name="solution">Ends in "#### N".</param>
    public static string Told(string solution)
    {
        var told = Space().Replace(CalculatorMark().Replace(solution, ""), " ").Trim().Split("####")[0];
        told = (told.Length > 0 ? char.ToUpperInvariant(told[0]) + told[1..] : told).Trim();
        told = $"{told}{(told.EndsWith('.') ? "" : ".")} So the answer is {OfSolution(solution)}.";
        return Space().Replace(Operator().Replace(told, " $0 "), " ").Trim();
    }

    [GeneratedRegex(@"(\d),(\d)")]
    private static partial Regex Comma();

    [GeneratedRegex(@"[-+]?\d*\.\d+|\d+")]
    private static partial Regex Number();

    [GeneratedRegex("<<.*?>>")]
    private static partial Regex CalculatorMark();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"[-+*/=]")]
    private static partial Regex Operator();
}
