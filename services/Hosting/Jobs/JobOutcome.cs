using System.Diagnostics.CodeAnalysis;
using Graft.Faults;
using Graft.Hosting.Faults;
using Grpc.Core;

namespace Graft.Hosting.Jobs;

/// <summary>How a job ended.</summary>
/// <param name="State">Succeeded, failed or cancelled.</param>
/// <param name="Error">What its watchers are told when it failed.</param>
/// <param name="Bug">What only the log is told.</param>
internal sealed record JobOutcome(V1.JobState State, V1.JobError? Error = null, Exception? Bug = null)
{
    [SuppressMessage("Design", "CA1031", Justification = "The edge of a job: whatever it throws becomes its state.")]
    public static async Task<JobOutcome> OfAsync(JobRequest request, JobContext context, CancellationToken cancellationToken)
    {
        try
        {
            await request.RunAsync(context, cancellationToken);
            return new JobOutcome(V1.JobState.Succeeded);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && IsOfCancellation(exception))
        {
            return new JobOutcome(V1.JobState.Cancelled);
        }
        catch (FaultException fault)
        {
            return Failed(fault.Kind, fault.Message, fault.Kind == FaultKind.Internal ? fault : null);
        }
        catch (RpcException exception)
        {
            return Failed(FaultStatus.KindOf(exception.StatusCode), exception.Status.Detail, bug: null);
        }
        catch (Exception exception)
        {
            return Failed(FaultKind.Internal, $"The {request.Kind} job failed through a bug; the worker's log tells more.", exception);
        }
    }

    // A host that stops takes its neighbours with it: a call to one of them may end as unavailable before it ends as cancelled.
    private static bool IsOfCancellation(Exception exception) => exception is OperationCanceledException
        or RpcException { StatusCode: StatusCode.Cancelled or StatusCode.Unavailable }
        or FaultException { Kind: FaultKind.Unavailable };

    private static JobOutcome Failed(FaultKind kind, string message, Exception? bug) =>
        new(V1.JobState.Failed, new V1.JobError { Kind = kind.ToString(), Message = message }, bug);
}
