using System.Net.Sockets;
using System.Security.Authentication;
using Google.Rpc;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client.Calls;

/// <summary>gRPC statuses as faults; the other direction is Hosting's FaultStatus.</summary>
internal static class StatusFaults
{
    /// <param name="exception">What a call threw.</param>
    /// <param name="server">Which server was called, for people, such as "vector store at http://127.0.0.1:8080".</param>
    public static FaultException ToFault(RpcException exception, string server)
    {
        var details = Details(exception);
        var info = details?.GetDetail<ErrorInfo>();
        if (info is not null && Enum.TryParse<FaultKind>(info.Reason, out var kind) && Enum.IsDefined(kind))
        {
            return new FaultException(kind, details!.Message, exception)
            {
                Field = details.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault()?.Field,
                RetryAfter = details.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
            };
        }

        if (Causes(exception).OfType<AuthenticationException>().Any())
        {
            // Before IsBrokenConnection: to try again would not help.
            return new FaultException(
                FaultKind.Precondition,
                $"The certificate of the {server} is not trusted, or it is no https server: name the authority that signed it (graft --ca FILE, or Client:CaFile) and call it by a name it is made for.",
                exception);
        }

        var detail = exception.Status.Detail;
        kind = IsBrokenConnection(exception) || IsWithoutPods(exception.Status) ? FaultKind.Unavailable : KindOf(exception.StatusCode);
        return new FaultException(kind, Sentence(kind, exception.StatusCode, server, detail), exception);
    }

    private static string Sentence(FaultKind kind, StatusCode code, string server, string detail) => (kind, code) switch
    {
        (FaultKind.Unavailable, StatusCode.DeadlineExceeded) => $"The {server} did not answer in time.",
        (FaultKind.Unavailable, _) => $"The {server} cannot be reached; is it running? ({detail})",
        (FaultKind.Internal, StatusCode.Unimplemented) => $"The {server} does not offer this call; is it the right address and version? ({detail})",
        (FaultKind.Internal, _) => $"The {server} answered {code}: {detail}",
        _ => detail,
    };

    private static FaultKind KindOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => FaultKind.Invalid,
        StatusCode.NotFound => FaultKind.NotFound,
        StatusCode.AlreadyExists => FaultKind.Exists,
        StatusCode.FailedPrecondition => FaultKind.Precondition,
        StatusCode.Aborted => FaultKind.Conflict,
        StatusCode.ResourceExhausted => FaultKind.Exhausted,
        StatusCode.DataLoss => FaultKind.Corrupt,
        StatusCode.Unauthenticated => FaultKind.Unauthenticated,
        StatusCode.PermissionDenied => FaultKind.PermissionDenied,
        // A call cancelled by nobody here was given up by a server that is going away.
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => FaultKind.Unavailable,
        _ => FaultKind.Internal,
    };

    // What the gRPC library's balancer says when the last pod behind a name went and no connection has failed yet.
    private static bool IsWithoutPods(Grpc.Core.Status status) => status is { StatusCode: StatusCode.Internal, Detail: "Unknown error" };

    // A connection that breaks in the middle of an answer shows as Internal or Unknown, with the reason only in the exception; one that ends
    // before HTTP/2 has begun (a server killed just then, or behind a forwarded port) may show without any reason.
    private static bool IsBrokenConnection(RpcException exception) => Causes(exception).Any(
        cause => cause is IOException or SocketException or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, StatusCode: null });

    private static IEnumerable<Exception> Causes(RpcException exception)
    {
        for (var cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static Google.Rpc.Status? Details(RpcException exception)
    {
        try
        {
            return exception.GetRpcStatus();
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            // Somebody else's trailer of that name: the plain status tells enough.
            return null;
        }
    }
}
