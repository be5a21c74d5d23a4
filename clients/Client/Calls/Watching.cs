using System.Runtime.CompilerServices;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client.Calls;

/// <summary>Streams of states that are opened again until the last state has come.</summary>
internal static class Watching
{
    // Between two streams, so that a server or proxy that cuts them short is not hammered.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <param name="endpoint">The server.</param>
    /// <param name="open">Opens the stream; its first message is the state as it stands.</param>
    /// <param name="isLast">Whether nothing comes after this message.</param>
    /// <param name="isReopened">Told before the first message of each stream.</param>
    /// <param name="revive">Asked when the server says NotFound: makes what was forgotten anew, or is null to give up.</param>
    /// <param name="cancellationToken">Ends the watching, not what is watched.</param>
    public static async IAsyncEnumerable<T> WatchAsync<T>(
        this Endpoint endpoint,
        Func<CallOptions, AsyncServerStreamingCall<T>> open,
        Func<T, bool> isLast,
        Action isReopened,
        Func<CancellationToken, Task>? revive,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            using var call = await endpoint.RetryAsync(
                (patience, token) => OpenAsync(endpoint, patience, open, revive, cancellationToken, token), cancellationToken);
            isReopened();
            do
            {
                var message = call.ResponseStream.Current;
                yield return message;
                if (isLast(message))
                {
                    yield break;
                }
            }
            while (await MoveNextAsync(endpoint, call, cancellationToken));

            await Task.Delay(_pause, endpoint.Time, cancellationToken);
        }
    }

    // A stream with its first message read. The stream lives on after this attempt, so it hangs on the watcher's own token.
    private static async Task<AsyncServerStreamingCall<T>> OpenAsync<T>(
        Endpoint endpoint,
        Patience patience,
        Func<CallOptions, AsyncServerStreamingCall<T>> open,
        Func<CancellationToken, Task>? revive,
        CancellationToken watch,
        CancellationToken cancellationToken)
    {
        for (var revived = false; ; revived = true)
        {
            var call = open(endpoint.StreamOptions(watch));
            try
            {
                return await call.ResponseStream.MoveNext(cancellationToken)
                    ? call
                    : throw new FaultException(FaultKind.Unavailable, "The server ended a watch before it began.");
            }
            catch (RpcException exception)
            {
                call.Dispose();
                var fault = endpoint.Translate(exception, cancellationToken);
                if (revived || revive is null || fault is not FaultException { Kind: FaultKind.NotFound })
                {
                    throw fault;
                }
            }
            catch (FaultException)
            {
                call.Dispose();
                throw;
            }

            await revive(cancellationToken);
            patience.Restore();
        }
    }

    // False when the stream is over or broken; another one then tells the state.
    private static async Task<bool> MoveNextAsync<T>(Endpoint endpoint, AsyncServerStreamingCall<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancellationToken);
        }
        catch (RpcException exception)
        {
            var fault = endpoint.Translate(exception, cancellationToken);
            return fault is FaultException { Kind: FaultKind.Unavailable } ? false : throw fault;
        }
    }
}
