using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Graft.Hosting.Telemetry;

/// <summary>
/// Spans. W3C context travels with every gRPC call, so that a job's work on a worker and the store's answers to it are one trace.
/// Nothing is recorded unless somebody exports it.
/// </summary>
public static class GraftTracing
{
    /// <summary>Name of Graft's own activity source.</summary>
    public const string Name = "Graft";

    // gRPC's client makes a span around every call and .NET one around every request, recorded or not: without both of them here the
    // server's spans would be below one that nobody exports.
    private const string ClientSource = "Grpc.Net.Client";
    private const string RequestSource = "System.Net.Http";
    private const string ServerPrefix = "POST /";
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Spans of what Graft does between calls: runs, jobs and their parts, requests to the objects.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Records spans for an exporter; the sampler is what OTEL_TRACES_SAMPLER says, by default all.</summary>
    public static IServiceCollection AddGraftTracing(this IServiceCollection services, Action<TracerProviderBuilder> export)
    {
        services.AddOpenTelemetry().WithTracing(tracing =>
        {
            tracing.AddSource(Name, ClientSource, RequestSource).AddProcessor(new CallNames()).AddAspNetCoreInstrumentation(options => options.Filter = IsTraced);
            export(tracing);
        });
        return services;
    }

    /// <summary>Exports over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set; the other OTEL_ variables then count too.</summary>
    internal static IServiceCollection AddGraftTracing(this IServiceCollection services, IConfiguration configuration) =>
        string.IsNullOrEmpty(configuration[EndpointVariable]) ? services : services.AddGraftTracing(tracing => tracing.AddOtlpExporter());

    /// <summary>A span that begins a trace of its own, whatever goes on around it; it does not become the current one.</summary>
    /// <param name="name">What is done; no ids, those are attributes.</param>
    /// <param name="links">Spans of other traces it belongs to.</param>
    /// <returns>Null when nobody records.</returns>
    public static Activity? StartTrace(string name, params IEnumerable<ActivityLink> links)
    {
        var around = Activity.Current;
        Activity.Current = null;
        try
        {
            return Source.StartActivity(name, ActivityKind.Internal, parentContext: default, tags: null, links);
        }
        finally
        {
            Activity.Current = around;
        }
    }

    // Probes come every few seconds and tell nothing.
    private static bool IsTraced(HttpContext context) =>
        context.Request.Path.Value is { } path
        && path != "/metrics"
        && !path.StartsWith("/grpc.health.", StringComparison.Ordinal)
        && !path.StartsWith("/grpc.reflection.", StringComparison.Ordinal);

    /// <summary>Names spans of calls by their method alone: the client's library names all alike, the server's by verb and route.</summary>
    private sealed class CallNames : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.Source.Name == ClientSource && data.GetTagItem("grpc.method") is string method)
            {
                data.DisplayName = method.TrimStart('/');
            }
            else if (data.Kind == ActivityKind.Server && data.DisplayName.StartsWith(ServerPrefix, StringComparison.Ordinal))
            {
                data.DisplayName = data.DisplayName[ServerPrefix.Length..];
            }
        }
    }
}
