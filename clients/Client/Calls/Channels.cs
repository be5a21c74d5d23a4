using System.Collections.Concurrent;
using Graft.Client.Calls.Placement;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;

namespace Graft.Client.Calls;

/// <summary>One channel an address, opened when it is first needed and shared by all services behind it.</summary>
/// <param name="resolvers">Of schemes besides http, https and dns.</param>
internal sealed class Channels(params IReadOnlyList<ResolverFactory> resolvers) : IDisposable
{
    private readonly ConcurrentDictionary<Uri, Lazy<GrpcChannel>> _channels = new();
    private readonly ConcurrentDictionary<Uri, JobPlacement> _placements = new();

    public CallInvoker Open(Uri address) =>
        _channels.GetOrAdd(address, key => new Lazy<GrpcChannel>(() => Create(key))).Value.CreateCallInvoker();

    /// <summary>Which pod behind an address has which job.</summary>
    public JobPlacement PlacementOf(Uri address) => _placements.GetOrAdd(address, _ => new JobPlacement());

    public void Dispose()
    {
        foreach (var channel in _channels.Values.Where(channel => channel.IsValueCreated))
        {
            channel.Value.Dispose();
        }
    }

    private GrpcChannel Create(Uri address)
    {
        var options = new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(10),
                EnableMultipleHttp2Connections = true,
                // A pod that vanished without a word is noticed within the minute, and watches that are silent for long stay open.
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                InitialHttp2StreamWindowSize = 1 << 20,
            },
            DisposeHttpClient = true,
            // The library's own waits (1 s, then up to 2 minutes) would outlast the client's patience.
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromSeconds(2),
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { PlacementBalancer.Config } },
            ServiceProvider = new ChannelServices(PlacementOf(address), resolvers),
        };
        if (address.Scheme is not "https")
        {
            options.Credentials = ChannelCredentials.Insecure;
        }

        return GrpcChannel.ForAddress(address, options);
    }
}
