using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers;

/// <summary>
/// Equality of two answers as Hugging Face evaluate's exact_match has it with the settings of GSM8K: commas, dollar signs, all up to "#### "
/// and a full stop at the end are ignored on both sides, and so is case.
/// </summary>
internal static partial class ExactMatch
{
    public static bool AreEqual(string answer, string gold) => string.Equals(Reduced(answer), Reduced(gold), StringComparison.Ordinal);

    private static string Reduced(string text)
    {
        text = text.Replace(",", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal);
        return FinalStop().Replace(UpToMark().Replace(text, ""), "").ToLowerInvariant();
    }

    [GeneratedRegex("(?s).*#### ")]
    private static partial Regex UpToMark();

    [GeneratedRegex(@"\.$")]
    private static partial Regex FinalStop();
}
