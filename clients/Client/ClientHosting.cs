using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Client;

/// <summary>Wiring of the client.</summary>
public static class ClientHosting
{
    /// <summary>
    /// <see cref="GraftClient"/> and its parts as singletons made from <see cref="ClientOptions"/>. Several services in one process may
    /// each call it.
    /// </summary>
    public static IServiceCollection AddGraftClient(this IServiceCollection services)
    {
        services.AddOptions<ClientOptions>().BindConfiguration(ClientOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new GraftClient(
            provider.GetRequiredService<IOptions<ClientOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILoggerFactory>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<GraftClient>().Store);
        services.TryAddSingleton(provider => provider.GetRequiredService<GraftClient>().Workers);
        services.TryAddSingleton(provider => provider.GetRequiredService<GraftClient>().Coordinator);
        return services;
    }
}
