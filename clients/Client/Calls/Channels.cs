using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;

namespace Graft.Client.Calls;

/// <summary>One channel an address, opened when it is first needed and shared by all services behind it.</summary>
internal sealed class Channels(CredentialOptions options) : IDisposable
{
    private readonly CallerCredentials _credentials = new(options);
    private readonly ConcurrentDictionary<Uri, Lazy<GrpcChannel>> _channels = new();
    private readonly ConcurrentDictionary<Uri, string> _names = new();

    public CallInvoker Open(Uri address) =>
        _channels.GetOrAdd(address, key => new Lazy<GrpcChannel>(() => Create(key))).Value.CreateCallInvoker()
            .Intercept(new TokenInterceptor(_credentials, address, isSafe: options.AllowTokensInTheClear || IsSecure(address) || IsLoopback(address)));

    /// <summary>The name that the certificate of an address must have, which was found by looking that name up.</summary>
    public void Name(Uri address, string host) => _names[address] = host;

    public void Dispose()
    {
        foreach (var channel in _channels.Values.Where(channel => channel.IsValueCreated))
        {
            channel.Value.Dispose();
        }
    }

    private bool IsSecure(Uri address) => address.Scheme is "https" || (address.Scheme is "dns" && options.HasTls);

    // A "dns:///host" has no host of its own, which Uri takes for loopback.
    private static bool IsLoopback(Uri address) => address is { Scheme: "http", IsLoopback: true };

    private GrpcChannel Create(Uri address)
    {
        var channel = new GrpcChannelOptions
        {
            HttpHandler = Handler(_names.GetValueOrDefault(address)),
            DisposeHttpClient = true,
            // The library's own waits (1 s, then up to 2 minutes) would outlast the client's patience.
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromSeconds(2),
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
        };
        channel.Credentials = IsSecure(address) ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure;

        return GrpcChannel.ForAddress(address, channel);
    }

    private SocketsHttpHandler Handler(string? name)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            // A pod that vanished without a word is noticed within the minute, and watches that are silent for long stay open.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = 1 << 20,
        };
        if (_credentials.Tls() is { } tls)
        {
            tls.TargetHost = name ?? tls.TargetHost;
            handler.SslOptions = tls;
        }

        return handler;
    }
}
