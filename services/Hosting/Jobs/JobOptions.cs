using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Jobs;

/// <summary>Limits of a worker's jobs; configuration section "Jobs".</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>Jobs at one time, over all services in the process. The default value is the number of processors.</summary>
    [Range(1, 1024)]
    public int MaxConcurrentJobs { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Jobs of one caller at one time, as far as callers are told apart (section Access); 0 for as many as there are. The default value
    /// is 0: a coordinator is one caller, and may fill a worker.
    /// </summary>
    [Range(0, 1024)]
    public int MaxConcurrentJobsPerCaller { get; set; }

    /// <summary>Ended jobs that are remembered; the oldest are forgotten first. The default value is 1000.</summary>
    [Range(1, 100_000)]
    public int KeepEnded { get; set; } = 1000;

    /// <summary>When a caller is told to come back while all slots are taken. The default value is 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Least time between two states sent to one watcher; the end is sent at once. The default value is 50 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromMilliseconds(50);
}

[OptionsValidator]
internal sealed partial class JobOptionsValidator : IValidateOptions<JobOptions>;
