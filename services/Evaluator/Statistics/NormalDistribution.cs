namespace Graft.Evaluator.Statistics;

/// <summary>The standard normal distribution.</summary>
public static class NormalDistribution
{
    /// <summary>P(|Z| >= |z|) for a standard normal Z.</summary>
    public static double TwoSidedP(double z) => Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>Two-sided p of an estimate whose true value is zero; an estimate without error is either zero or not.</summary>
    public static double PValue(double estimate, double standardError) =>
        estimate == 0 ? 1 : standardError == 0 ? 0 : TwoSidedP(estimate / standardError);

    /// <summary>The complementary error function for x >= 0: Abramowitz and Stegun 7.1.6 (series) and 7.1.14 (continued fraction).</summary>
    internal static double Erfc(double x)
    {
        var factor = Math.Exp(-x * x) / Math.Sqrt(Math.PI);
        if (x < 3)
        {
            var term = x;
            var sum = x;
            for (var n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }

            return 1 - 2 * factor * sum;
        }

        var fraction = x;
        for (var n = 60; n >= 1; n--)
        {
            fraction = x + n / 2.0 / fraction;
        }

        return double.IsPositiveInfinity(x) ? 0 : factor / fraction;
    }
}
