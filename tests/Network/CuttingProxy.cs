using System.Net;
using System.Net.Sockets;

namespace Graft.Tests.Network;

/// <summary>
/// TCP connections to a server that break after a number of bytes in one direction, once for each number given, or when they are told
/// to; counts what passes.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly bool _cutsUpload;
    private readonly Queue<long> _limits;
    private readonly Task _accepting;
    private CancellationTokenSource _connected = new();
    private long _passed;
    private int _connections;

    /// <param name="server">Where to.</param>
    /// <param name="cutsUpload">Counts what the client sends, or what the server sends.</param>
    /// <param name="limits">Bytes after which each of the first connections breaks.</param>
    public CuttingProxy(Uri server, bool cutsUpload, params ReadOnlySpan<long> limits)
    {
        _server = server;
        _cutsUpload = cutsUpload;
        _limits = new Queue<long>(limits.ToArray());
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Bytes that passed in the direction that is cut.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Resets every connection that there is; the next ones are fine.</summary>
    public async Task ResetAsync()
    {
        // Not disposed: a connection that comes this moment may still take its token from it.
        var connected = Interlocked.Exchange(ref _connected, new CancellationTokenSource());
        await connected.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
        _connected.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                connections.Add(ServeAsync(client, _limits.TryDequeue(out var limit) ? limit : long.MaxValue));
            }
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client, long limit)
    {
        using var server = new TcpClient();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _connected.Token);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // The test is over, or the server is.
                client.LingerState = new LingerOption(true, 0);
                return;
            }

            await Task.WhenAny(
                CopyAsync(client, server, _cutsUpload ? limit : null, end.Token),
                CopyAsync(server, client, _cutsUpload ? null : limit, end.Token));
            await end.CancelAsync();
            // Without lingering, closing is a reset: what a dying host looks like.
            client.LingerState = new LingerOption(true, 0);
            server.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, long? limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        var left = limit ?? long.MaxValue;
        try
        {
            while (left > 0 && await from.GetStream().ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                left -= count;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                _ = limit is null ? 0 : Interlocked.Add(ref _passed, count);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One end has gone; so does the other.
        }
    }
}
