using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Graft.Hosting.Telemetry;

/// <summary>What a host tells of itself: metrics for Prometheus always, spans where they are wanted. README.md lists all of it.</summary>
internal static class TelemetryHosting
{
    // Names that Prometheus' own linter refuses: only histograms may end in _count. The first and last tell nobody anything.
    private static readonly string[] _dropped = ["dotnet.assembly.count", "dotnet.process.cpu.count", "dotnet.timer.count"];

    public static IServiceCollection AddGraftTelemetry(this IServiceCollection services, IConfiguration configuration, string application)
    {
        services.AddSingleton<RpcMetrics>();
        services.AddSingleton<HostMetrics>();
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(application))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(GraftMeter.Name).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
                foreach (var name in _dropped)
                {
                    metrics.AddView(name, MetricStreamConfiguration.Drop);
                }
            });
        return services.AddGraftTracing(configuration);
    }
}
