namespace Graft.Cli.Report;

/// <summary>How the scores of a metric are read and written: accuracies in percent, everything else as it is.</summary>
/// <param name="Title">Words for readers.</param>
/// <param name="LowerIsBetter">True for losses.</param>
/// <param name="IsFraction">True for 0..1 shown as percent.</param>
internal sealed record Metric(string Title, bool LowerIsBetter, bool IsFraction)
{
    public static Metric Of(string name) => name switch
    {
        "exact_match" => new Metric("exact match", false, true),
        "acc_raw" => new Metric("accuracy", false, true),
        "acc_per_char" => new Metric("accuracy per character", false, true),
        "exact_match_flex" => new Metric("exact match, flexible", false, true),
        "exact_match_text" => new Metric("exact match of texts", false, true),
        "exact_match_simple" or "squad_exact_match" or "f1" or "squad_f1" or "acc_per_token" or "acc_per_byte" or "acc_uncond" =>
            new Metric(name.Replace('_', ' '), false, true),
        "bits_per_byte" => new Metric("bits per byte", true, false),
        _ => new Metric(name.Replace('_', ' '), false, false),
    };

    /// <summary>A percent sign behind a no-break space for fractions, else nothing.</summary>
    public string Unit => IsFraction ? "\u00A0%" : "";

    /// <summary>What a difference of two scores is counted in.</summary>
    public string DifferenceUnit => IsFraction ? " points" : "";

    public string Direction => LowerIsBetter ? "lower is better" : "higher is better";

    /// <summary>"65.4" or "1.591".</summary>
    public string Format(double value) => IsFraction ? (100 * value).ToString("0.0") : value.ToString("0.000");

    /// <summary>"+3.1", "-0.021": zero has no sign.</summary>
    public string FormatDifference(double difference)
    {
        var text = Format(Math.Abs(difference));
        var zero = text.All(c => c is '0' or '.');
        return zero ? text : (difference < 0 ? "-" : "+") + text;
    }

    /// <summary>How much better the first is; negative when it is worse.</summary>
    public double Gain(double value, double over) => LowerIsBetter ? over - value : value - over;

    /// <summary>The keys with the best score: several when they tie exactly, none when there is nothing.</summary>
    public IReadOnlySet<string> Best(IEnumerable<KeyValuePair<string, Score>> scores)
    {
        var all = scores.ToList();
        if (all.Count == 0)
        {
            return new HashSet<string>();
        }

        var best = LowerIsBetter ? all.Min(score => score.Value.Value) : all.Max(score => score.Value.Value);
        return all.Where(score => score.Value.Value.Equals(best)).Select(score => score.Key).ToHashSet();
    }
}
