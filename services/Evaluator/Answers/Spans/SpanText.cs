using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers.Spans;

/// <summary>Text in the form in which DROP compares it (drop_eval.py of AllenNLP's reading comprehension).</summary>
internal static partial class SpanText
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Lower case, cut at spaces and hyphens, numbers as floats, other words without punctuation and articles.</summary>
    public static string Normalize(string text) => string.Join(
        ' ', text.Split(' ', '-').Select(token => Word(token.ToLowerInvariant())).Where(word => word.Length > 0));

    /// <summary>The distinct words of a normalised text.</summary>
    public static HashSet<string> Bag(string normalized) => [.. normalized.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];

    public static bool IsNumber(string word) => PythonFloat.Parse(word) is not null;

    private static string Word(string token)
    {
        var word = IsNumber(token) ? token : string.Concat(token.Where(letter => !Punctuation.Contains(letter)));
        word = PythonFloat.Parse(word) is { } number ? PythonFloat.Write(number) : word;
        return string.Join(' ', Article().Replace(word, " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Article();
}
