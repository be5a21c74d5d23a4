namespace Graft.Hosting.Telemetry;

/// <summary>
/// Labels that tell running jobs and runs apart. They may stand on observable gauges over what runs now and nowhere else: such a series
/// is gone from the first scrape after its job's end, so that their number follows the jobs that run and not those that ever ran.
/// </summary>
public static class RunningLabel
{
    /// <summary>The job's label. Not "job": that is Prometheus' own, and it would rename ours.</summary>
    public const string Job = "job_id";

    /// <summary>Of all that run, the first so many are shown.</summary>
    public const int MaxShown = 64;

    private const int ShownDigits = 12;

    /// <summary>The beginning of a digest, enough to tell jobs apart.</summary>
    public static string Short(string id) => id[..Math.Min(ShownDigits, id.Length)];
}
