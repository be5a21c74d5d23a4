using Graft.Client;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Client;

public sealed class EndpointTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Channels _channels = new(new ClientOptions());

    [Fact]
    public async Task A_server_that_is_away_is_tried_until_patience_ends()
    {
        var attempts = 0;
        var call = NewEndpoint().RetryAsync<int>(
            (_, _) =>
            {
                attempts++;
                throw new FaultException(FaultKind.Unavailable, "Away.");
            },
            CancellationToken.None);

        await AdvanceUntilDoneAsync(call);

        var fault = await Assert.ThrowsAsync<FaultException>(() => call);
        Assert.Equal(FaultKind.Unavailable, fault.Kind);
        Assert.InRange(attempts, 10, 60);
        Assert.InRange(_time.GetUtcNow() - _time.Start, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(34));
    }

    [Fact]
    public async Task What_gets_ahead_is_tried_for_as_long_as_it_does()
    {
        var attempts = 0;
        var call = NewEndpoint().RetryAsync(
            (patience, _) =>
            {
                if (++attempts == 100)
                {
                    return Task.FromResult(7);
                }

                patience.Restore();
                throw new FaultException(FaultKind.Unavailable, "Away.");
            },
            CancellationToken.None);

        await AdvanceUntilDoneAsync(call);

        Assert.Equal(7, await call);
        Assert.True(_time.GetUtcNow() - _time.Start > TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(FaultKind.Invalid)]
    [InlineData(FaultKind.NotFound)]
    [InlineData(FaultKind.Conflict)]
    [InlineData(FaultKind.Exhausted)]
    [InlineData(FaultKind.Corrupt)]
    [InlineData(FaultKind.Internal)]
    public async Task A_fault_that_stays_is_not_tried_again(FaultKind kind)
    {
        var attempts = 0;

        await Assert.ThrowsAsync<FaultException>(() => NewEndpoint().RetryAsync<int>(
            (_, _) =>
            {
                attempts++;
                throw new FaultException(kind, "No.");
            },
            CancellationToken.None));

        Assert.Equal(1, attempts);
    }

    [Fact]
    public void A_cancellation_that_the_caller_wanted_is_one()
    {
        using var source = new CancellationTokenSource();
        var cancelled = new RpcException(new Status(StatusCode.Cancelled, ""));
        var endpoint = NewEndpoint();

        Assert.Equal(FaultKind.Unavailable, Assert.IsType<FaultException>(endpoint.Translate(cancelled, source.Token)).Kind);
        source.Cancel();
        Assert.Equal(source.Token, Assert.IsType<OperationCanceledException>(endpoint.Translate(cancelled, source.Token)).CancellationToken);
    }

    public void Dispose() => _channels.Dispose();

    private Endpoint NewEndpoint() =>
        new("trainer", "Trainer", options => options.Trainer, new ClientOptions { Server = new Uri("http://x") }, _channels, _time);

    private async Task AdvanceUntilDoneAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
    }
}
