namespace Graft.Cli.Report.Tables;

/// <summary>Scores as text, such as "65.4 +-2.4", for a console with or without Unicode.</summary>
internal sealed class Cells(Metric metric, bool unicode)
{
    public const string Absent = "-";

    public Metric Metric => metric;

    public string PlusMinus => unicode ? "\u00B1" : "+-";

    /// <summary>The value with its standard error; of several seeds, their mean with their standard deviation.</summary>
    public string WithSpread(Score? score)
    {
        if (score is null)
        {
            return Absent;
        }

        // ".021": 80 columns hold five of these only without the zero.
        var spread = metric.Format(score.Deviation ?? score.StandardError);
        return $"{metric.Format(score.Value)} {PlusMinus}{(metric.IsFraction ? spread : spread.TrimStart('0'))}";
    }

    public string Plain(Score? score) => score is null ? Absent : metric.Format(score.Value);

    /// <summary>The best of a column: starred, and coloured where there is colour.</summary>
    public string Starred(Score? score) => $"[bold green]*{WithSpread(score)}[/]";
}
