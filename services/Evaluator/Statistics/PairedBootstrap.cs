namespace Graft.Evaluator.Statistics;

/// <summary>Bootstrap over items (Efron, 1979): how the mean of their differences would vary had other items been drawn.</summary>
public sealed class PairedBootstrap
{
    public const int Resamples = 4000;

    private readonly double[] _means;

    private PairedBootstrap(double[] means) => _means = means;

    /// <summary>Two-sided p of the mean being zero, at least 2 / 4001: how often a resampled one falls on the other side.</summary>
    public double P => Math.Min(1, 2.0 * (Math.Min(_means.Count(mean => mean <= 0), _means.Count(mean => mean >= 0)) + 1) / (Resamples + 1));

    /// <param name="differences">One number an item, at least one.</param>
    /// <param name="random">Seeded by the caller, so that a report is the same each time.</param>
    public static PairedBootstrap Of(IReadOnlyList<double> differences, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfZero(differences.Count);
        var means = new double[Resamples];
        for (var resample = 0; resample < Resamples; resample++)
        {
            var sum = 0.0;
            for (var item = 0; item < differences.Count; item++)
            {
                sum += differences[random.Next(differences.Count)];
            }

            means[resample] = sum / differences.Count;
        }

        Array.Sort(means);
        return new PairedBootstrap(means);
    }

    /// <summary>The middle part of the resampled means that holds a share of them.</summary>
    /// <param name="confidence">Above 0 and below 1.</param>
    public (double Low, double High) Interval(double confidence)
    {
        var tail = (int)Math.Floor((1 - confidence) / 2 * Resamples);
        return (_means[tail], _means[Resamples - 1 - tail]);
    }
}
