using Graft.Client;
using Graft.Coordinator.Rpc;
using Graft.Coordinator.Run;
using Graft.Hosting.Health;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Graft.Coordinator;

/// <summary>Wiring of the coordinator.</summary>
public static class CoordinatorHosting
{
    public static WebApplicationBuilder AddCoordinator(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<CoordinatorOptions>().BindConfiguration(CoordinatorOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CoordinatorOptions>, CoordinatorOptionsValidator>();
        services.AddGraftClient();
        services.AddReadiness("vector-store", (provider, token) => provider.GetRequiredService<StoreClient>().CheckHealthAsync(token));
        services.TryAddSingleton<IWorld, ClientWorld>();
        services.AddSingleton<RunMetrics>();
        services.AddSingleton<JobAttempts>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<JobPool>(provider, Stopping(provider)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RunDriver>(provider, Stopping(provider)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RunRegistry>(provider, Stopping(provider)));
        services.AddMetrics();
        services.AddSingleton<JobPoolMetrics>();
        services.AddHostedService(provider => provider.GetRequiredService<RunDriver>());
        return builder;
    }

    public static WebApplication MapCoordinator(this WebApplication app)
    {
        // Nobody asks for it, and it tells from now on.
        _ = app.Services.GetRequiredService<JobPoolMetrics>();
        _ = app.Services.GetRequiredService<RunMetrics>();
        app.MapGrpcService<CoordinatorRpc>();
        return app;
    }

    // Fires before Kestrel drains its streams, so that watchers and jobs do not hold the process up.
    private static CancellationToken Stopping(IServiceProvider provider) =>
        provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
}
