using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Graft.Hosting.Health;

/// <summary>
/// Health on an address of its own, without TLS: Kubernetes' gRPC probes know neither certificates nor tokens. Nothing else is there.
/// </summary>
internal sealed class HealthListener
{
    private const string Service = "/grpc.health.v1.Health";

    private static readonly HealthListener _mark = new();

    private HealthListener()
    {
    }

    public static void Configure(ListenOptions listener)
    {
        listener.Protocols = HttpProtocols.Http2;
        listener.Use(next => connection =>
        {
            connection.Features.Set(_mark);
            return next(connection);
        });
    }

    /// <summary>Answers everything but health with 404 there.</summary>
    public static void Guard(WebApplication app) => app.Use((context, next) =>
    {
        if (context.Features.Get<HealthListener>() is null || context.Request.Path.StartsWithSegments(Service, StringComparison.Ordinal))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}
