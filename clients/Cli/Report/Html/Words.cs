namespace Graft.Cli.Report.Html;

/// <summary>Numbers with their uncertainty, as the report writes them.</summary>
internal static class Words
{
    public const string PlusMinus = "\u00B1";

    /// <summary>The same between two numbers that stay on one line.</summary>
    public const string JoiningPlusMinus = "\u00A0\u00B1\u00A0";

    /// <summary>"65.4 +- 2.4 %", and of several seeds their deviation: "65.4 +- 2.4 % (sd 0.8 over 3 seeds)".</summary>
    public static string Value(Metric metric, Score score) =>
        $"{metric.Format(score.Value)}{JoiningPlusMinus}{metric.Format(score.StandardError)}{metric.Unit}"
        + (score.Deviation is null ? "" : $" ({Deviation(metric, score)} over {score.Seeds.Count} seeds)");

    /// <summary>"sd 0.8"; nothing for one seed.</summary>
    public static string Deviation(Metric metric, Score score) => score.Deviation is { } deviation ? $"sd\u00A0{metric.Format(deviation)}" : "";

    /// <summary>The inside of a table's cell: the score, its error, and of several seeds their deviation.</summary>
    public static Fragment Cell(Metric metric, Score score) => Fragment.Of(
        $"{metric.Format(score.Value)}<small>{PlusMinus}{metric.Format(score.StandardError)}</small>{Small(Deviation(metric, score))}");

    private static Fragment Small(string text) => text.Length == 0 ? Fragment.Empty : Fragment.Of($"<small>{text}</small>");

    /// <summary>"60.7 to 70.1": 95 percent, normal approximation.</summary>
    public static string Interval(Metric metric, Score score) =>
        $"{metric.Format(score.Value - 1.96 * score.StandardError)} to {metric.Format(score.Value + 1.96 * score.StandardError)}";

    /// <summary>"1 task", "2 tasks".</summary>
    public static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>"6 min 32 s", held together.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{time.TotalSeconds:0.0} s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes}\u00A0min\u00A0{time.Seconds}\u00A0s",
        _ => $"{(int)time.TotalHours} h {time.Minutes} min",
    };
}
