using Google.Rpc;
using Graft.Faults;
using Graft.Hosting.Faults;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Graft.Tests.Unit.Hosting.Faults;

public sealed class FaultStatusTests
{
    [Theory]
    [InlineData(FaultKind.Invalid, StatusCode.InvalidArgument, LogLevel.Warning)]
    [InlineData(FaultKind.NotFound, StatusCode.NotFound, LogLevel.Warning)]
    [InlineData(FaultKind.Exists, StatusCode.AlreadyExists, LogLevel.Warning)]
    [InlineData(FaultKind.Precondition, StatusCode.FailedPrecondition, LogLevel.Warning)]
    [InlineData(FaultKind.Conflict, StatusCode.Aborted, LogLevel.Warning)]
    [InlineData(FaultKind.Exhausted, StatusCode.ResourceExhausted, LogLevel.Warning)]
    [InlineData(FaultKind.Corrupt, StatusCode.DataLoss, LogLevel.Error)]
    [InlineData(FaultKind.Unauthenticated, StatusCode.Unauthenticated, LogLevel.Warning)]
    [InlineData(FaultKind.PermissionDenied, StatusCode.PermissionDenied, LogLevel.Warning)]
    [InlineData(FaultKind.Unavailable, StatusCode.Unavailable, LogLevel.Warning)]
    [InlineData(FaultKind.Internal, StatusCode.Internal, LogLevel.Error)]
    public void Each_kind_has_its_status_its_level_and_its_reason(FaultKind kind, StatusCode code, LogLevel level)
    {
        var exception = FaultStatus.ToRpcException(new FaultException(kind, "what, where, what to do"));

        Assert.Equal((code, "what, where, what to do"), (exception.StatusCode, exception.Status.Detail));
        Assert.Equal(level, FaultStatus.LevelOf(kind));
        Assert.Equal(kind, FaultStatus.KindOf(code));
        var info = exception.GetRpcStatus()!.GetDetail<ErrorInfo>()!;
        Assert.Equal((kind.ToString(), "graft"), (info.Reason, info.Domain));
    }

    [Fact]
    public void Every_kind_is_listed_above() => Assert.Equal(11, Enum.GetValues<FaultKind>().Length);

    [Theory]
    [InlineData(StatusCode.Unknown)]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.Unimplemented)]
    public void A_status_of_no_kind_is_internal(StatusCode code) => Assert.Equal(FaultKind.Internal, FaultStatus.KindOf(code));

    [Fact]
    public void The_field_and_the_time_to_wait_are_details()
    {
        var fault = new FaultException(FaultKind.Exhausted, "full") { Field = "recipe.base", RetryAfter = TimeSpan.FromSeconds(1.5) };

        var status = FaultStatus.ToRpcException(fault).GetRpcStatus()!;

        var violation = Assert.Single(status.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal(("recipe.base", "full"), (violation.Field, violation.Description));
        Assert.Equal(TimeSpan.FromSeconds(1.5), status.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
    }

    [Fact]
    public void A_message_too_long_for_the_trailers_is_cut()
    {
        var exception = FaultStatus.ToRpcException(FaultException.Invalid(new string('x', 100_000), "recipe"));

        Assert.Equal(new string('x', 4096) + " ...", exception.Status.Detail);
        Assert.InRange(exception.Trailers.Sum(entry => entry.IsBinary ? entry.ValueBytes.Length : entry.Value.Length), 1, 16_000);
    }
}
