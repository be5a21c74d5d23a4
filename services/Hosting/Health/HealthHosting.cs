using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting.Health;

/// <summary>
/// Health by grpc.health.v1, apart for the two questions Kubernetes asks: is the process to be restarted ("liveness"), and is it to
/// get work ("readiness": no when it is stopping, or what it stands on is away). The empty name is both.
/// </summary>
public static class HealthHosting
{
    public const string Liveness = "liveness";
    public const string Readiness = "readiness";

    // Below the time Kubernetes gives a probe in our manifests.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(3);

    /// <summary>Makes a host ready only while <paramref name="check"/> ends without a fault. The same name again changes nothing.</summary>
    /// <param name="services">Of the host.</param>
    /// <param name="name">Of what it stands on.</param>
    /// <param name="check">Looks; it has three seconds.</param>
    /// <param name="service">A service of gRPC that is healthy while this check alone succeeds; null for none.</param>
    public static IServiceCollection AddReadiness(
        this IServiceCollection services, string name, Func<IServiceProvider, CancellationToken, Task> check, string? service = null)
    {
        services.AddHealthChecks();
        services.Configure<HealthCheckServiceOptions>(options =>
        {
            if (options.Registrations.All(registration => registration.Name != name))
            {
                options.Registrations.Add(new HealthCheckRegistration(
                    name,
                    provider => ActivatorUtilities.CreateInstance<ReadinessCheck>(provider, name, check),
                    HealthStatus.Unhealthy,
                    [Readiness],
                    _limit));
            }
        });
        services.AddSingleton(new ReadinessState(name));
        if (service is not null)
        {
            services.Configure<Grpc.AspNetCore.HealthChecks.GrpcHealthChecksOptions>(
                options => options.Services.Map(service, registration => registration.Name == name));
        }

        return services;
    }

    internal static void AddHealth(this IServiceCollection services, ILoggingBuilder logging)
    {
        services.AddGrpcHealthChecks(options =>
            {
                options.Services.Map(Liveness, registration => registration.Tags.Contains(Liveness));
                options.Services.Map(Readiness, registration => registration.Tags.Contains(Readiness));
            })
            .AddCheck("process", () => HealthCheckResult.Healthy(), [Liveness])
            .AddCheck<StoppingCheck>("stopping", tags: [Readiness]);

        // It repeats itself with every probe; ReadinessCheck tells each change once.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    private sealed class StoppingCheck(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(
                lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("It is stopping.") : HealthCheckResult.Healthy());
    }
}
