using System.Net.Sockets;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;
using Xunit;

namespace Graft.Tests.Unit.Client;

public sealed class StatusFaultsTests
{
    [Theory]
    [InlineData(StatusCode.InvalidArgument, FaultKind.Invalid)]
    [InlineData(StatusCode.OutOfRange, FaultKind.Invalid)]
    [InlineData(StatusCode.NotFound, FaultKind.NotFound)]
    [InlineData(StatusCode.AlreadyExists, FaultKind.Exists)]
    [InlineData(StatusCode.FailedPrecondition, FaultKind.Precondition)]
    [InlineData(StatusCode.Aborted, FaultKind.Conflict)]
    [InlineData(StatusCode.ResourceExhausted, FaultKind.Exhausted)]
    [InlineData(StatusCode.DataLoss, FaultKind.Corrupt)]
    [InlineData(StatusCode.Unavailable, FaultKind.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded, FaultKind.Unavailable)]
    [InlineData(StatusCode.Cancelled, FaultKind.Unavailable)]
    [InlineData(StatusCode.Internal, FaultKind.Internal)]
    [InlineData(StatusCode.Unknown, FaultKind.Internal)]
    [InlineData(StatusCode.Unimplemented, FaultKind.Internal)]
    [InlineData(StatusCode.PermissionDenied, FaultKind.PermissionDenied)]
    public void A_bare_status_is_a_fault_of_its_kind(StatusCode code, FaultKind expected)
    {
        var fault = StatusFaults.ToFault(new RpcException(new Grpc.Core.Status(code, "Why.")), "trainer at http://x/");

        Assert.Equal(expected, fault.Kind);
        Assert.NotNull(fault.InnerException);
        Assert.Contains(code is StatusCode.DeadlineExceeded ? "in time" : "Why.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_without_pods_is_a_server_that_is_away()
    {
        // The words of the gRPC library's balancer, seen when the only pod of a worker was replaced.
        var fault = StatusFaults.ToFault(new RpcException(new Grpc.Core.Status(StatusCode.Internal, "Unknown error")), "evaluator at dns:///evaluator:8080");

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
    }

    [Theory]
    [InlineData(HttpRequestError.Unknown, FaultKind.Unavailable)]
    [InlineData(HttpRequestError.VersionNegotiationError, FaultKind.Internal)]
    public void A_connection_that_ends_before_http2_has_begun_is_a_server_that_is_away(HttpRequestError error, FaultKind expected)
    {
        // As .NET tells it when the other side closes between connection and handshake: without an inner exception.
        var cause = new HttpRequestException(error, "The server did not complete the HTTP/2 handshake.");

        var fault = StatusFaults.ToFault(new RpcException(new Grpc.Core.Status(StatusCode.Internal, "Error starting gRPC call.", cause)), "trainer");

        Assert.Equal(expected, fault.Kind);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.Unimplemented)]
    [InlineData(StatusCode.Unknown)]
    public void A_status_that_tells_nothing_of_the_request_names_the_server(StatusCode code)
    {
        var fault = StatusFaults.ToFault(new RpcException(new Grpc.Core.Status(code, "Why.")), "trainer at http://x/");

        Assert.Contains("The trainer at http://x/", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Details_tell_kind_message_field_and_delay()
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)StatusCode.ResourceExhausted,
            Message = "All slots are taken.",
            Details =
            {
                Any.Pack(new ErrorInfo { Domain = "graft", Reason = "Exhausted" }),
                Any.Pack(new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "recipe.x", Description = "d" } } }),
                Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(2.5)) }),
            },
        };

        var fault = StatusFaults.ToFault(status.ToRpcException(), "trainer");

        Assert.Equal((FaultKind.Exhausted, "All slots are taken."), (fault.Kind, fault.Message));
        Assert.Equal(("recipe.x", TimeSpan.FromSeconds(2.5)), (fault.Field, fault.RetryAfter));
    }

    [Fact]
    public void Details_of_somebody_else_do_not_mislead()
    {
        var foreign = new Google.Rpc.Status
        {
            Code = (int)StatusCode.NotFound,
            Message = "Gone.",
            Details = { Any.Pack(new ErrorInfo { Domain = "elsewhere", Reason = "SOME_REASON" }) },
        };
        var broken = new RpcException(
            new Grpc.Core.Status(StatusCode.NotFound, "Gone."), new Metadata { { "grpc-status-details-bin", new byte[] { 255, 255, 255 } } });

        Assert.Equal(FaultKind.NotFound, StatusFaults.ToFault(foreign.ToRpcException(), "store").Kind);
        Assert.Equal(FaultKind.NotFound, StatusFaults.ToFault(broken, "store").Kind);
    }

    [Fact]
    public void A_connection_that_broke_is_unavailable_whatever_the_status_says()
    {
        var cause = new HttpRequestException("x", new IOException("y", new SocketException()));

        var fault = StatusFaults.ToFault(new RpcException(new Grpc.Core.Status(StatusCode.Internal, "z", cause)), "store");

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
    }
}
