using System.Net;
using Graft.Hosting.Access;
using Graft.Hosting.Faults;
using Graft.Hosting.Health;
using Graft.Hosting.Limits;
using Graft.Hosting.Telemetry;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Hosting;

/// <summary>What every service host shares: where it listens, how it fails, how it is watched.</summary>
public static class GraftHosting
{
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>
    /// gRPC on <see cref="HostingOptions.Address"/> with faults as rich statuses, health, reflection and metrics; JSON logs on the
    /// console; the system's clock unless another one is registered. Done again, it changes nothing.
    /// </summary>
    public static WebApplicationBuilder AddGraftHosting(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(FaultInterceptor)))
        {
            return builder;
        }

        services.AddOptions<HostingOptions>().BindConfiguration(HostingOptions.Section)
            .Validate(
                options => ListenAddress.TryParse(options.Address, out _),
                "Hosting:Address must be an IP address and a port, such as 127.0.0.1:8080 or *:8080.")
            .Validate(
                options => options.MetricsAddress.Length == 0 || ListenAddress.TryParse(options.MetricsAddress, out _),
                "Hosting:MetricsAddress must be an IP address and a port, such as 127.0.0.1:9464, or empty.")
            .Validate(
                options => options.HealthAddress.Length == 0 || ListenAddress.TryParse(options.HealthAddress, out _),
                "Hosting:HealthAddress must be an IP address and a port, such as *:8086, or empty.")
            .ValidateOnStart();
        services.AddAccess();
        services.AddLimits();
        CallerLeaving.LowerIn(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<FaultInterceptor>();
        services.AddGrpc(ConfigureGrpc);
        services.AddGrpcReflection();
        services.AddHealth(builder.Logging);
        services.AddGraftTelemetry(builder.Configuration, builder.Environment.ApplicationName);
        builder.Logging.AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        // Four lines a call would bury ours. The first source of all, so that whoever wants to see them may.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"), new("Logging:LogLevel:Grpc", "Warning")],
        });
        builder.WebHost.ConfigureKestrel(Listen);
        return builder;
    }

    /// <summary>Health, reflection and, on the address for metrics alone, /metrics.</summary>
    public static WebApplication MapGraftHosting(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<HostMetrics>();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => IsMetricsListener(context) && context.Request.Path == "/metrics");
        app.Use((context, next) =>
        {
            var isElsewhere = IsMetricsListener(context) || (IsHealthListener(context) && !MethodRoles.IsOpen(context.Request.Path));
            if (!isElsewhere)
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        app.UseAccess();
        app.UseLimits();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        return app;
    }

    /// <summary>Where gRPC is reached from this machine, once the host has started; the port is the real one when 0 was asked for.</summary>
    public static Uri BoundAddress(WebApplication app) => Bound(app)[0];

    /// <summary>Where /metrics is reached from this machine, once the host has started; null when it is off.</summary>
    public static Uri? BoundMetricsAddress(WebApplication app) => Options(app.Services).MetricsAddress.Length > 0 ? new Uri(Bound(app)[1], "/metrics") : null;

    /// <summary>Where health alone is reached, once the host has started; null when it is only where gRPC is.</summary>
    public static Uri? BoundHealthAddress(WebApplication app) => Options(app.Services).HealthAddress.Length > 0 ? Bound(app)[^1] : null;

    private static HostingOptions Options(IServiceProvider services) => services.GetRequiredService<IOptions<HostingOptions>>().Value;

    private static void ConfigureGrpc(GrpcServiceOptions grpc)
    {
        grpc.MaxReceiveMessageSize = MaxMessageBytes;
        grpc.MaxSendMessageSize = MaxMessageBytes;
        grpc.Interceptors.Add<RpcMetrics>();
        grpc.Interceptors.Add<FaultInterceptor>();
    }

    private static void Listen(KestrelServerOptions kestrel)
    {
        var options = Options(kestrel.ApplicationServices);

        // A caller that computes between two reads of a stream is slow, not gone; deadlines end what hangs.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limit();
        Listen(kestrel, options.Address, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.UseTls();
        });
        if (options.MetricsAddress.Length > 0)
        {
            Listen(kestrel, options.MetricsAddress, listener => Mark(listener, HttpProtocols.Http1, MetricsListener.Instance));
        }

        if (options.HealthAddress.Length > 0)
        {
            Listen(kestrel, options.HealthAddress, listener => Mark(listener, HttpProtocols.Http2, HealthListener.Instance));
        }
    }

    private static void Mark<T>(ListenOptions listener, HttpProtocols protocols, T mark)
    {
        listener.Protocols = protocols;
        listener.Use(next => connection =>
        {
            connection.Features.Set(mark);
            return next(connection);
        });
    }

    private static void Listen(KestrelServerOptions kestrel, string address, Action<ListenOptions> configure)
    {
        var endpoint = ListenAddress.Parse(address);
        if (endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            // Both families, or IPv4 alone where the machine has no IPv6.
            kestrel.ListenAnyIP(endpoint.Port, configure);
        }
        else
        {
            kestrel.Listen(endpoint, configure);
        }
    }

    private static bool IsMetricsListener(HttpContext context) => context.Features.Get<MetricsListener>() is not null;

    private static bool IsHealthListener(HttpContext context) => context.Features.Get<HealthListener>() is not null;

    // In the order they were listened on: gRPC, then metrics, then health.
    private static Uri[] Bound(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return addresses.Count > 0
            ? [.. addresses.Select(Reachable)]
            : throw new InvalidOperationException("The host listens only once it has started.");
    }

    // "http://[::]:8080" is where one listens, not where one calls.
    private static Uri Reachable(string address)
    {
        var uri = new UriBuilder(address);
        if (IPAddress.TryParse(uri.Host, out var host) && (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any)))
        {
            uri.Host = IPAddress.Loopback.ToString();
        }

        return uri.Uri;
    }

    // Marks the connections that came in on the address for health.
    private sealed class HealthListener
    {
        public static readonly HealthListener Instance = new();
    }

    // Marks the connections that came in on the address for metrics.
    private sealed class MetricsListener
    {
        public static readonly MetricsListener Instance = new();
    }
}
