using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Client;

/// <summary>Where a job stands; see job.proto.</summary>
public enum JobState
{
    Running = 1,
    Succeeded = 2,
    Failed = 3,
    Cancelled = 4,
}

/// <summary>How far a job is.</summary>
/// <param name="Completed">What is done, in <paramref name="Unit"/>.</param>
/// <param name="Total">What there is to do.</param>
/// <param name="Unit">What is counted: "steps", "items" or "tensors".</param>
/// <param name="Metrics">Numbers the job reports, such as loss.</param>
/// <param name="Remaining">Expected time to the end; null while unknown.</param>
public sealed record JobProgress(
    long Completed, long Total, string Unit, IReadOnlyDictionary<string, double> Metrics, TimeSpan? Remaining);

/// <summary>A job as its worker tells it.</summary>
/// <param name="Id">Digest of the recipe.</param>
/// <param name="Kind">"train", "extract", "merge" or "evaluate".</param>
/// <param name="State">Where it stands.</param>
/// <param name="Progress">Null until the job reports any.</param>
/// <param name="Outputs">Artifacts made so far: "result", or "step-N" for a checkpoint of a training job.</param>
/// <param name="Error">Why it failed; null unless it did.</param>
public sealed record JobStatus(
    string Id, string Kind, JobState State, JobProgress? Progress, IReadOnlyDictionary<string, Digest> Outputs, FaultException? Error);
