using Graft.Hosting.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Jobs;

/// <summary>Jobs for the workers. Several of them in one process share one table, one capacity and one JobService.</summary>
public static class JobHosting
{
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(JobTable)))
        {
            return services;
        }

        services.AddOptions<JobOptions>().BindConfiguration(JobOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JobOptions>, JobOptionsValidator>();
        services.AddMetrics();
        services.AddHttpContextAccessor();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<JobTable>();
        services.AddSingleton<JobServiceMapping>();
        services.AddHostedService<JobStop>();
        return services;
    }

    public static void MapJobs(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetRequiredService<JobServiceMapping>().IsFirst())
        {
            // What it tells Prometheus is there from the start, not from the first job on.
            _ = endpoints.ServiceProvider.GetRequiredService<JobTable>();
            endpoints.MapGrpcService<JobRpc>();
        }
    }

    // Mapping a gRPC service twice makes every call to it ambiguous.
    private sealed class JobServiceMapping
    {
        private int _times;

        public bool IsFirst() => Interlocked.Increment(ref _times) == 1;
    }
}
