using System.Text.RegularExpressions;
using Graft.Artifacts.Recipes;

namespace Graft.Evaluator.Answers;

/// <summary>The answer in a text, the model's and the gold one alike.</summary>
internal static partial class AnswerExtraction
{
    /// <returns>Null when the text has no such answer.</returns>
    public static string? Find(string text, Extraction rule) => rule switch
    {
        Extraction.Whole => text.Trim(),
        Extraction.LastNumber => LastNumber(text),
    };

    /// <summary>
    /// Commas between two digits are removed as OLMES does for GSM8K (one pass, so "1,234,567" is one number), then the last number
    /// counts. A minus is its sign unless it stands behind a word, a number or a bracket: "-5" is -5, but "12-5" ends in 5.
    /// </summary>
    private static string? LastNumber(string text)
    {
        string? last = null;
        foreach (var match in Number().EnumerateMatches(text = Comma().Replace(text, "$1$2")))
        {
            last = text.Substring(match.Index, match.Length);
        }

        return last;
    }

    [GeneratedRegex("([0-9]),([0-9])")]
    private static partial Regex Comma();

    [GeneratedRegex(@"(?:(?<![\w)\]}])-)?(?:[0-9]*\.[0-9]+|[0-9]+)")]
    private static partial Regex Number();
}
