using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Client.Messages;

/// <summary>Jobs from their messages.</summary>
internal static class JobMessages
{
    public static JobStatus ToStatus(V1.Job job) => new(
        job.Id,
        job.Kind,
        Enum.IsDefined((JobState)job.State)
            ? (JobState)job.State
            : throw new FaultException(FaultKind.Internal, $"The worker told the state {job.State} of the job {job.Id}; is it of another version?"),
        job.Progress is null ? null : ToProgress(job.Progress),
        job.Outputs.ToDictionary(output => output.Name, output => Digest.Parse(output.Artifact)),
        job.Error is null ? null : ToFault(job.Error));

    private static JobProgress ToProgress(V1.Progress progress) => new(
        progress.Completed,
        progress.Total,
        progress.Unit,
        progress.Metrics.ToDictionary(metric => metric.Name, metric => metric.Value),
        progress.Remaining?.ToTimeSpan());

    private static FaultException ToFault(V1.JobError error) => new(
        Enum.TryParse<FaultKind>(error.Kind, out var kind) && Enum.IsDefined(kind) ? kind : FaultKind.Internal, error.Message);
}
