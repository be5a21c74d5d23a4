using Google.Protobuf.WellKnownTypes;

namespace Graft.Hosting.Jobs;

/// <summary>How a job tells its watchers where it is. Safe from any thread; after the job's end it does nothing.</summary>
public sealed class JobContext
{
    private readonly TrackedJob _job;

    internal JobContext(TrackedJob job) => _job = job;

    /// <summary>Replaces the progress. Cheap enough for every step: watchers who are slower see the latest only.</summary>
    /// <param name="completed">How much is done, in <paramref name="unit"/>.</param>
    /// <param name="total">How much there is.</param>
    /// <param name="unit">"steps", "items" or "tensors".</param>
    /// <param name="remaining">Expected time to the end; null while unknown.</param>
    /// <param name="metrics">Numbers such as loss or tokens_per_second.</param>
    public void Report(
        long completed, long total, string unit, TimeSpan? remaining = null, params ReadOnlySpan<(string Name, double Value)> metrics)
    {
        var progress = new V1.Progress { Completed = completed, Total = total, Unit = unit, Remaining = remaining?.ToDuration() };
        foreach (var (name, value) in metrics)
        {
            progress.Metrics.Add(new V1.Metric { Name = name, Value = value });
        }

        _job.Change(job => job.Progress = progress);
    }

    /// <summary>Announces an artifact the job has made; the same name again replaces it.</summary>
    /// <param name="name">"result", or "step-N" for a checkpoint of a training job.</param>
    /// <param name="artifact">Digest of the artifact.</param>
    public void Output(string name, string artifact) => _job.Change(job =>
    {
        var known = job.Outputs.FirstOrDefault(output => output.Name == name);
        if (known is null)
        {
            job.Outputs.Add(new V1.Output { Name = name, Artifact = artifact });
        }
        else
        {
            known.Artifact = artifact;
        }
    });
}
