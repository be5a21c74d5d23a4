using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Graft.Faults;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting.Faults;

/// <summary>Faults as gRPC tells them: one status a kind, with details a program can read (google.rpc.Status).</summary>
internal static class FaultStatus
{
    /// <summary>Domain of every ErrorInfo; its reason is the name of the kind.</summary>
    public const string Domain = "graft";

    // A message travels twice in the trailers, and clients cap those at 64 KiB by default.
    private const int MaxMessageLength = 4096;

    public static StatusCode CodeOf(FaultKind kind) => kind switch
    {
        FaultKind.Invalid => StatusCode.InvalidArgument,
        FaultKind.NotFound => StatusCode.NotFound,
        FaultKind.Exists => StatusCode.AlreadyExists,
        FaultKind.Precondition => StatusCode.FailedPrecondition,
        FaultKind.Conflict => StatusCode.Aborted,
        FaultKind.Exhausted => StatusCode.ResourceExhausted,
        FaultKind.Corrupt => StatusCode.DataLoss,
        FaultKind.Unauthenticated => StatusCode.Unauthenticated,
        FaultKind.PermissionDenied => StatusCode.PermissionDenied,
        FaultKind.Unavailable => StatusCode.Unavailable,
        FaultKind.Internal => StatusCode.Internal,
    };

    /// <summary>The kind of that status; statuses no kind has (Unknown, DeadlineExceeded, ...) are Internal.</summary>
    public static FaultKind KindOf(StatusCode code) =>
        System.Enum.GetValues<FaultKind>().Where(kind => CodeOf(kind) == code).DefaultIfEmpty(FaultKind.Internal).First();

    /// <summary>Warning where the caller or a neighbour has to act, Error where we have.</summary>
    public static LogLevel LevelOf(FaultKind kind) => kind switch
    {
        FaultKind.Corrupt or FaultKind.Internal => LogLevel.Error,
        FaultKind.Invalid or FaultKind.NotFound or FaultKind.Exists or FaultKind.Precondition or FaultKind.Conflict
            or FaultKind.Exhausted or FaultKind.Unauthenticated or FaultKind.PermissionDenied or FaultKind.Unavailable => LogLevel.Warning,
    };

    public static RpcException ToRpcException(FaultException fault)
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)CodeOf(fault.Kind),
            Message = fault.Message.Length <= MaxMessageLength ? fault.Message : fault.Message[..MaxMessageLength] + " ...",
            Details = { Any.Pack(new ErrorInfo { Reason = fault.Kind.ToString(), Domain = Domain }) },
        };
        if (fault.Field is { } field)
        {
            var violation = new BadRequest.Types.FieldViolation { Field = field, Description = status.Message };
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violation } }));
        }

        if (fault.RetryAfter is { } retryAfter)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = retryAfter.ToDuration() }));
        }

        return status.ToRpcException();
    }
}
