namespace Graft.Cli.Report.Statistics;

/// <summary>Bootstrap over items: how often a resampled mean difference falls on the other side of zero.</summary>
internal static class PairedBootstrap
{
    internal const int Resamples = 4000;

    /// <summary>Two-sided p of the mean of <paramref name="differences"/> being zero, at least 2 / 4001.</summary>
    /// <param name="differences">One number an item, at least one.</param>
    /// <param name="random">Seeded by the caller, so that a report is the same each time.</param>
    public static double P(IReadOnlyList<double> differences, Random random)
    {
        var below = 0;
        var above = 0;
        for (var resample = 0; resample < Resamples; resample++)
        {
            var sum = 0.0;
            for (var item = 0; item < differences.Count; item++)
            {
                sum += differences[random.Next(differences.Count)];
            }

            below += sum <= 0 ? 1 : 0;
            above += sum >= 0 ? 1 : 0;
        }

        return Math.Min(1, 2.0 * (Math.Min(below, above) + 1) / (Resamples + 1));
    }
}
