using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>A span as it came over OTLP; ids in hex.</summary>
internal sealed record ReceivedSpan(
    string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> LinkedSpans);

/// <summary>Takes spans over OTLP as a collector does: protobuf by POST to /v1/traces.</summary>
internal sealed class SpanCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();

    private SpanCollector(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    public static async Task<SpanCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new SpanCollector(builder.Build());
        collector._app.MapPost("/v1/traces", collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes);
        // opentelemetry/proto: ExportTraceServiceRequest.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2.
        foreach (var span in Parts(bytes.ToArray(), 1).SelectMany(resource => Parts(resource, 2)).SelectMany(scope => Parts(scope, 2)))
        {
            _spans.Enqueue(ToSpan(span));
        }

        context.Response.ContentType = "application/x-protobuf";
    }

    // Span: trace_id = 1, span_id = 2, parent_span_id = 4, name = 5, attributes = 9, links = 13 (span_id = 2).
    private static ReceivedSpan ToSpan(byte[] span) => new(
        Hex(span, 1),
        Hex(span, 2),
        Hex(span, 4),
        Text(span, 5),
        Parts(span, 9).ToDictionary(pair => Text(pair, 1), pair => Text(Parts(pair, 2).Single(), 1)),
        [.. Parts(span, 13).Select(link => Hex(link, 2))]);

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Parts(message, field).SingleOrDefault() ?? []);

    private static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Parts(message, field).SingleOrDefault() ?? []);

    /// <summary>The length-delimited values of a field.</summary>
    private static List<byte[]> Parts(byte[] message, int field)
    {
        List<byte[]> parts = [];
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                parts.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return parts;
    }
}
