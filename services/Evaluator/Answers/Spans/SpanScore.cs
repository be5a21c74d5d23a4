using System.Globalization;

namespace Graft.Evaluator.Answers.Spans;

/// <summary>
/// Score of predicted spans against those of one gold answer (drop_eval.py of AllenNLP's reading comprehension, which OLMES uses for DROP
/// and NaturalQuestions alike).
/// </summary>
/// <param name="ExactMatch">1 when the spans are the same, in any order; else 0.</param>
/// <param name="F1">Word overlap of the best pairing of spans, rounded to two decimals.</param>
internal readonly record struct SpanScore(double ExactMatch, double F1)
{
    public static SpanScore Of(IReadOnlyList<string> predicted, IReadOnlyList<string> gold)
    {
        string[] one = [.. predicted.Select(SpanText.Normalize)];
        string[] other = [.. gold.Select(SpanText.Normalize)];
        var same = one.Length == other.Length && one.ToHashSet().SetEquals(other);
        var scores = new double[other.Length, one.Length];
        HashSet<string>[] bags = [.. one.Select(SpanText.Bag)];
        for (var i = 0; i < other.Length; i++)
        {
            var bag = SpanText.Bag(other[i]);
            for (var j = 0; j < bags.Length; j++)
            {
                scores[i, j] = Overlap(bags[j], bag);
            }
        }

        return new SpanScore(same ? 1 : 0, Rounded(Assignment.Best(scores) / Math.Max(one.Length, other.Length)));
    }

    /// <summary>The best score over several gold answers; one whose first span is blank does not count.</summary>
    public static SpanScore Best(string predicted, IEnumerable<IReadOnlyList<string>> golds)
    {
        var best = default(SpanScore);
        foreach (var gold in golds.Where(gold => gold.Count > 0 && !string.IsNullOrWhiteSpace(gold[0])))
        {
            var score = Of([predicted], gold);
            best = new SpanScore(Math.Max(best.ExactMatch, score.ExactMatch), Math.Max(best.F1, score.F1));
        }

        return best;
    }

    private static double Overlap(HashSet<string> predicted, HashSet<string> gold)
    {
        var numbers = gold.Where(SpanText.IsNumber).ToList();
        if (numbers.Count > 0 && !numbers.Exists(predicted.Contains))
        {
            return 0;
        }

        double common = gold.Count(predicted.Contains);
        var precision = predicted.Count == 0 ? 1 : common / predicted.Count;
        var recall = gold.Count == 0 ? 1 : common / gold.Count;
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    // As Python rounds: the nearest by the number's exact value, to even where it lies in the middle.
    private static double Rounded(double value) =>
        (double)Math.Round(decimal.Parse(value.ToString("F27", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), 2, MidpointRounding.ToEven);
}
