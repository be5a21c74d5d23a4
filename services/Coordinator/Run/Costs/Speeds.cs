namespace Graft.Coordinator.Run.Costs;

/// <summary>A job that was measured.</summary>
internal sealed record MeasuredJob(WorkKind Kind, double Work, TimeSpan Elapsed, DateTimeOffset Started);

/// <summary>How fast jobs of a kind are.</summary>
/// <param name="Jobs">How many were measured.</param>
/// <param name="WorkPerSecond">All their work over all their time.</param>
/// <param name="Newest">When the newest began.</param>
internal sealed record Speed(int Jobs, double WorkPerSecond, DateTimeOffset Newest);

/// <summary>
/// How fast jobs were, from the outcomes that ended runs keep in the store: so it survives restarts, and is there for whoever has the
/// store. The newest jobs of each kind count, because machines change.
/// </summary>
internal sealed class Speeds
{
    private const int Newest = 100;

    private readonly Dictionary<string, Speed> _byJob;
    private readonly Dictionary<WorkKind, Speed> _byKind;

    private Speeds(IReadOnlyCollection<MeasuredJob> jobs)
    {
        _byJob = jobs.GroupBy(job => job.Kind.Job).ToDictionary(group => group.Key, Measure);
        _byKind = jobs.GroupBy(job => job.Kind).ToDictionary(group => group.Key, Measure);
    }

    /// <summary>By kind of job, in ordinal order.</summary>
    public IEnumerable<(string Job, Speed Speed)> All => _byJob.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => (item.Key, item.Value));

    public static Speeds Of(IEnumerable<StoredRun> runs) =>
        new([.. runs.SelectMany(run => run.Outcomes.Values).Select(MeasuredOrNot).OfType<MeasuredJob>()]);

    /// <summary>Null when nothing comparable was measured.</summary>
    public TimeSpan? Estimate(WorkKind kind, double? work)
    {
        var speed = _byKind.GetValueOrDefault(kind) ?? _byJob.GetValueOrDefault(kind.Job);
        return speed is null || work is not { } amount ? null : TimeSpan.FromSeconds(Math.Min(amount / speed.WorkPerSecond, TimeSpan.MaxValue.TotalSeconds / 1e6));
    }

    private static MeasuredJob? MeasuredOrNot(StepOutcome outcome) => outcome is { Kind: { } kind, Work: > 0 and var work, Elapsed: { } elapsed, Started: { } started }
        && elapsed > TimeSpan.Zero
        ? new MeasuredJob(new WorkKind(kind, outcome.Task ?? ""), work, elapsed, started)
        : null;

    private static Speed Measure(IEnumerable<MeasuredJob> jobs)
    {
        var newest = jobs.OrderByDescending(job => job.Started).Take(Newest).ToList();
        return new Speed(newest.Count, newest.Sum(job => job.Work) / newest.Sum(job => job.Elapsed.TotalSeconds), newest[0].Started);
    }
}
