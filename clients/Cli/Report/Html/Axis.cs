namespace Graft.Cli.Report.Html;

/// <summary>A linear axis between round numbers.</summary>
/// <param name="Low">Value at the start.</param>
/// <param name="High">Value at the end, above <paramref name="Low"/>.</param>
/// <param name="Step">Distance of its ticks: 1, 2 or 5 times a power of ten.</param>
internal sealed record Axis(double Low, double High, double Step)
{
    internal const int AboutTicks = 5;

    /// <summary>The smallest axis of round numbers that holds all values.</summary>
    public static Axis Around(IReadOnlyCollection<double> values)
    {
        var (low, high) = values.Count == 0 ? (0, 1) : (values.Min(), values.Max());
        var span = high > low ? high - low : Math.Max(1e-3, Math.Abs(low) * 0.1);
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / AboutTicks)));
        var step = power * (span / AboutTicks / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var first = Math.Floor(low / step);
        var last = Math.Max(first + 1, Math.Ceiling(high / step));
        return new Axis(first * step, last * step, step);
    }

    public IEnumerable<double> Ticks => Enumerable.Range(0, (int)Math.Round((High - Low) / Step) + 1).Select(number => Low + number * Step);

    /// <summary>0 at the start, 1 at the end.</summary>
    public double Share(double value) => (value - Low) / (High - Low);
}
