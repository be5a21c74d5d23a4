using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Graft.Tests.Services.Client;

/// <summary>
/// Objects at addresses that anybody may GET for a while, as an S3 server offers them. What else is answered, a test decides.
/// </summary>
internal sealed class ObjectServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private string _address = "";

    private ObjectServer(WebApplication app)
    {
        _app = app;
        _app.MapGet("/blobs/{blob}", AnswerAsync);
    }

    /// <summary>Encoded chunks by their digests.</summary>
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    /// <summary>Paths asked for, with their signatures.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What is in the addresses' query; others are refused.</summary>
    public string Signature { get; set; } = "1";

    /// <summary>Answers instead of the server when it returns true.</summary>
    public Func<HttpContext, Task<bool>> Answer { get; set; } = _ => Task.FromResult(false);

    public static async Task<ObjectServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new ObjectServer(builder.Build());
        await server._app.StartAsync();
        server._address = server._app.Urls.First();
        return server;
    }

    public string AddressOf(string blob) => $"{_address}/blobs/{blob}?signature={Signature}";

    /// <summary>Nobody listens there any more.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context, string blob)
    {
        Requests.Enqueue($"{blob} {context.Request.Query["signature"]}");
        if (await Answer(context))
        {
            return;
        }

        if (context.Request.Query["signature"] != Signature)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }
        else if (Blobs.TryGetValue(blob, out var bytes))
        {
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }
}
