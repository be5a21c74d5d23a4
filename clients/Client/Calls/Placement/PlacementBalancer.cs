using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Graft.Client.Calls.Placement;

/// <summary>The gRPC library's way to choose a pod for each call, by <see cref="JobPlacement"/>; one for each channel.</summary>
internal sealed class PlacementBalancer(JobPlacement placement) : LoadBalancerFactory
{
    private const string Policy = "graft_job_placement";

    public static LoadBalancingConfig Config => new(Policy);

    public override string Name => Policy;

    public override LoadBalancer Create(LoadBalancerOptions options) => new Balancer(options.Controller, placement);

    private sealed class Balancer(IChannelControlHelper controller, JobPlacement placement)
        : SubchannelsLoadBalancer(controller, NullLoggerFactory.Instance)
    {
        public override void UpdateChannelState(ChannelState state)
        {
            placement.Expect(state.Addresses?.Count ?? 0);
            base.UpdateChannelState(state);
        }

        protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels)
        {
            placement.Observe(readySubchannels);
            return new Picker(readySubchannels, placement);
        }
    }

    private sealed class Picker(IReadOnlyList<Subchannel> ready, JobPlacement placement) : SubchannelPicker
    {
        public override PickResult Pick(PickContext context)
        {
            var job = context.Request?.Headers.TryGetValues(JobPlacement.Header, out var values) == true ? values.First() : null;
            return PickResult.ForSubchannel(placement.Pick(ready, job));
        }
    }
}

/// <summary>What a channel asks for: the balancer, and names that are looked up again, so that new pods get their share.</summary>
internal sealed class ChannelServices(JobPlacement placement, IReadOnlyList<ResolverFactory> resolvers) : IServiceProvider
{
    private static readonly TimeSpan _lookUpEvery = TimeSpan.FromSeconds(15);

    public object? GetService(Type serviceType) =>
        serviceType == typeof(IEnumerable<LoadBalancerFactory>) ? new LoadBalancerFactory[] { new PlacementBalancer(placement) }
        : serviceType == typeof(IEnumerable<ResolverFactory>) ? (ResolverFactory[])[.. resolvers, new DnsResolverFactory(_lookUpEvery)]
        : serviceType == typeof(ILoggerFactory) ? NullLoggerFactory.Instance
        : null;
}
