using System.Text;

namespace Graft.Evaluator.Tasks;

/// <summary>Which choice the model takes, by each of the rules of OLMES. Of equally good choices the first counts.</summary>
/// <param name="Texts">The continuations as scored, with their leading space.</param>
/// <param name="Gold">Index of the right one.</param>
/// <param name="Scores">After the question.</param>
/// <param name="Unconditional">After the bare cue; empty where they were not asked for.</param>
internal sealed record ChoiceJudgement(
    IReadOnlyList<string> Texts, int Gold, IReadOnlyList<ChoiceScore> Scores, IReadOnlyList<ChoiceScore> Unconditional)
{
    /// <summary>Index of the likeliest choice.</summary>
    public int Chosen => Best("acc_raw");

    /// <param name="metrics">Names of metrics; the first decides what is right.</param>
    public Grade Grade(IReadOnlyList<string> metrics) => new(
        [.. metrics.Select(metric => (metric, Value(metric)))],
        Value(metrics[0]) > 0,
        ("gold", Gold),
        ("chosen", Best(metrics[0])));

    public double Value(string metric) =>
        metric == "bits_per_byte" ? Tasks.Grade.BitsPerByte(Scores[Gold], Texts[Gold]) : Best(metric) == Gold ? 1 : 0;

    /// <summary>The choice a rule takes.</summary>
    public int Best(string metric)
    {
        var best = 0;
        for (var i = 1; i < Scores.Count; i++)
        {
            best = Merit(metric, i) > Merit(metric, best) ? i : best;
        }

        return best;
    }

    private double Merit(string metric, int i) => metric switch
    {
        "acc_raw" => Scores[i].LogLikelihood,
        "acc_per_token" => Scores[i].LogLikelihood / Math.Max(1, Scores[i].Tokens),
        // Unicode code points, as Python's len counts them; the leading space is one.
        "acc_per_char" => Scores[i].LogLikelihood / Math.Max(1, Texts[i].EnumerateRunes().Count()),
        "acc_per_byte" => Scores[i].LogLikelihood / Math.Max(1, Encoding.UTF8.GetByteCount(Texts[i])),
        "acc_uncond" => Scores[i].LogLikelihood - Unconditional[i].LogLikelihood,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "No rule of choice."),
    };
}
