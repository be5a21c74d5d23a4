using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator;

/// <summary>Limits of the coordinator; configuration section "Coordinator".</summary>
public sealed class CoordinatorOptions
{
    public const string Section = "Coordinator";

    /// <summary>
    /// Jobs of all runs that are with workers at one time. With several workers, as many as they have slots. The default value is the
    /// number of processors.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxConcurrentJobs { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// How long a server may be unavailable, or a job be lost again and again without getting further, before its step fails. The default
    /// value is 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Least time between two states of a run sent to one watcher. The default value is 100 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether runs that a stopped coordinator left behind go on by themselves when it starts. The default value is true.</summary>
    public bool ResumeRuns { get; set; } = true;

    /// <summary>
    /// Least time between two saves of what a run has measured (times of its steps) while it runs: a coordinator that is killed forgets
    /// so much of them, and nothing of what was made. The default value is 5 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan SaveInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Ended runs held in memory; older ones are read from the store. The default value is 16.</summary>
    [Range(0, 1000)]
    public int KeepEnded { get; set; } = 16;
}

[OptionsValidator]
internal sealed partial class CoordinatorOptionsValidator : IValidateOptions<CoordinatorOptions>;
