using Graft.Client;

namespace Graft.Cli.Jobs;

/// <summary>How far a job is, in words.</summary>
/// <param name="Completed">What is done, in <paramref name="Unit"/>.</param>
/// <param name="Total">What there is to do; 0 while unknown.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Metrics">Numbers the job reports.</param>
/// <param name="Remaining">Expected time to the end; null while unknown.</param>
internal sealed record WorkProgress(
    long Completed, long Total, string Unit, IReadOnlyDictionary<string, double> Metrics, TimeSpan? Remaining)
{
    public double Fraction => Total > 0 ? Math.Clamp((double)Completed / Total, 0, 1) : 0;

    public static WorkProgress Of(JobProgress progress) =>
        new(progress.Completed, progress.Total, progress.Unit, progress.Metrics, progress.Remaining);

    public static WorkProgress Of(V1.Progress progress) => new(
        progress.Completed,
        progress.Total,
        progress.Unit,
        progress.Metrics.DistinctBy(metric => metric.Name).ToDictionary(metric => metric.Name, metric => metric.Value),
        progress.Remaining?.ToTimeSpan());

    public string Count => $"{Completed}/{Total} {Unit}";

    public string? Loss => Metrics.TryGetValue("loss", out var loss) ? $"loss {loss:0.000}" : null;

    public string? Rate => Metrics.TryGetValue("tokens_per_second", out var rate)
        ? $"{rate:N0} tokens/s"
        : null;

    public string? Left => Remaining is { } remaining ? $"{Durations.Text(remaining)} left" : null;

    /// <summary>"120/240 steps, loss 1.234, 31,020 tokens/s, 0:12 left".</summary>
    public override string ToString() => string.Join(", ", new[] { Count, Loss, Rate, Left }.OfType<string>());
}
