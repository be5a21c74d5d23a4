using Google.Rpc;
using Graft.Faults;
using Grpc.Core;
using Xunit;

namespace Graft.Tests.Services.Hosting;

public sealed class FaultTests
{
    private const int BugEvent = 101;

    [Fact]
    public async Task A_fault_arrives_with_its_reason_and_field()
    {
        await using var host = await ScriptedService.StartAsync(_ => throw FaultException.Invalid("A digest is needed.", "reference"));
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);

        var unary = await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest()));
        using var read = store.ReadContent(new V1.ReadContentRequest());
        var streamed = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await read.ResponseStream.MoveNext(default))
            {
            }
        });

        foreach (var exception in new[] { unary, streamed })
        {
            Assert.Equal((StatusCode.InvalidArgument, "A digest is needed."), (exception.StatusCode, exception.Status.Detail));
            var status = exception.GetRpcStatus()!;
            Assert.Equal(("Invalid", "graft"), (status.GetDetail<ErrorInfo>()!.Reason, status.GetDetail<ErrorInfo>()!.Domain));
            Assert.Equal("reference", Assert.Single(status.GetDetail<BadRequest>()!.FieldViolations).Field);
        }
    }

    [Fact]
    public async Task A_bug_is_hidden_from_the_caller_and_logged_as_an_error()
    {
        await using var host = await ScriptedService.StartAsync(_ => throw new InvalidOperationException("secret"));
        host.Expect(BugEvent);
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest()));

        Assert.Equal(StatusCode.Internal, exception.StatusCode);
        Assert.DoesNotContain("secret", exception.Status.Detail, StringComparison.Ordinal);
        var (id, text) = Assert.Single(host.Errors);
        Assert.Equal(BugEvent, id);
        Assert.Contains("secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_logged_an_unexpected_error_fails_its_test()
    {
        var host = await ScriptedService.StartAsync(_ => throw new InvalidOperationException("secret"));
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);
        await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest()));

        Assert.Contains("secret", Assert.ThrowsAny<Exception>(host.VerifyNoErrors).Message, StringComparison.Ordinal);

        host.Expect(BugEvent);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task The_status_of_a_downstream_call_passes_through()
    {
        await using var host = await ScriptedService.StartAsync(
            _ => throw new RpcException(new Grpc.Core.Status(StatusCode.DataLoss, "blob"), new Metadata { { "key", "value" } }));
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest()));

        Assert.Equal((StatusCode.DataLoss, "blob", "value"), (exception.StatusCode, exception.Status.Detail, exception.Trailers.GetValue("key")));
    }

    [Fact]
    public async Task A_caller_who_leaves_is_no_error()
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var host = await ScriptedService.StartAsync(async cancellationToken =>
        {
            begun.SetResult();
            using var _ = cancellationToken.Register(ended.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);
        using var leaving = new CancellationTokenSource();
        var call = store.GetArtifactAsync(new V1.GetArtifactRequest(), cancellationToken: leaving.Token).ResponseAsync;
        await begun.Task;

        await leaving.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
        await ended.Task;
    }

    [Fact]
    public async Task An_upload_that_breaks_off_is_no_error()
    {
        await using var host = await ScriptedService.StartAsync(_ => Task.CompletedTask);
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);
        using var leaving = new CancellationTokenSource();
        using var upload = store.WriteContent(cancellationToken: leaving.Token);
        await upload.RequestStream.WriteAsync(new V1.WriteContentRequest(), leaving.Token);

        await leaving.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => upload.ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task A_deadline_that_passes_is_told_as_such()
    {
        await using var host = await ScriptedService.StartAsync(token => Task.Delay(Timeout.Infinite, token));
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(100);

        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await store.GetArtifactAsync(new V1.GetArtifactRequest(), deadline: deadline));

        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    [Fact]
    public async Task A_message_over_the_limit_is_refused_without_an_error_of_ours()
    {
        await using var host = await ScriptedService.StartAsync(_ => Task.CompletedTask);
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);

        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await store.GetArtifactAsync(new V1.GetArtifactRequest { Reference = new string('x', 5_000_000) }));

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
    }
}
