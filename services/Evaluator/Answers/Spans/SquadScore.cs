using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers.Spans;

/// <summary>
/// Scores of SQuAD (Rajpurkar et al., 2016; evaluate-v1.1.py), the best over several gold answers: words are counted, numbers are words like
/// others, nothing is rounded.
/// </summary>
internal readonly partial record struct SquadScore(double ExactMatch, double F1)
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    public static SquadScore Best(string predicted, IEnumerable<string> golds)
    {
        var words = Words(predicted);
        var best = default(SquadScore);
        foreach (var gold in golds.Select(Words))
        {
            best = new SquadScore(
                Math.Max(best.ExactMatch, words.SequenceEqual(gold) ? 1 : 0),
                Math.Max(best.F1, Overlap(words, gold)));
        }

        return best;
    }

    private static double Overlap(string[] predicted, string[] gold)
    {
        if (predicted.Length == 0 || gold.Length == 0)
        {
            return predicted.Length == gold.Length ? 1 : 0;
        }

        var left = gold.CountBy(word => word).ToDictionary();
        double common = predicted.Count(word => left.TryGetValue(word, out var count) && count > 0 && (left[word] = count - 1) >= 0);
        return common == 0 ? 0 : 2 * common / (predicted.Length + gold.Length);
    }

    private static string[] Words(string text) => Article()
        .Replace(string.Concat(text.ToLowerInvariant().Where(letter => !Punctuation.Contains(letter))), " ")
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Article();
}
