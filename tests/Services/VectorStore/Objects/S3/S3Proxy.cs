using System.Net;
using System.Security.Cryptography.X509Certificates;
using Graft.Tests.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Minio;
using Minio.DataModel.Args;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>What happens to a request on its way.</summary>
internal enum S3Fault
{
    None,

    /// <summary>503 without reaching the server.</summary>
    Overload,

    /// <summary>The connection breaks before the server is reached.</summary>
    Reset,

    /// <summary>The server does what is asked, and the connection breaks before its answer.</summary>
    LostAnswer,

    /// <summary>The connection breaks in the middle of the answer's body.</summary>
    Truncation,

    /// <summary>One bit of the answer's body is another.</summary>
    FlippedBit,

    /// <summary>One bit of what is sent is another.</summary>
    FlippedUpload,

    /// <summary>No answer until the caller gives up.</summary>
    Silence,
}

/// <summary>An S3 server with faults in front of the real one. Signatures hold, because the host's name is passed on.</summary>
internal sealed class S3Proxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();
    private readonly S3Server _server;
    private readonly List<(string Method, string Target)> _requests = [];

    private long _bytesAnswered;

    private S3Proxy(S3Server server, WebApplication app)
    {
        _server = server;
        _app = app;
    }

    /// <summary>Without a slash at its end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Decides for each request; by its method and target.</summary>
    public Func<string, string, S3Fault> Faults { get; set; } = (_, _) => S3Fault.None;

    /// <summary>Answers that the proxy gives itself: status and error code; null for the server's.</summary>
    public Func<string, string, (HttpStatusCode Status, string Code)?> Answers { get; set; } = (_, _) => null;

    /// <summary>Puts are done whatever their conditions, like on a server that does not know them.</summary>
    public bool IgnoresConditions { get; set; }

    /// <summary>Bytes that answers are longer than the server's.</summary>
    public int Padding { get; set; }

    /// <summary>What has been asked so far, oldest first: "PUT", "/bucket/key?query".</summary>
    public IReadOnlyList<(string Method, string Target)> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <param name="server">The real one.</param>
    /// <param name="certificate">For TLS; null for none.</param>
    public static async Task<S3Proxy> StartAsync(S3Server server, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        var proxy = new S3Proxy(server, app);
        app.Run(proxy.ServeAsync);
        await app.StartAsync();
        proxy.Address = app.Urls.Single().Replace("127.0.0.1", certificate is null ? "127.0.0.1" : "localhost", StringComparison.Ordinal);
        return proxy;
    }

    /// <summary>Bytes of answers' bodies since <see cref="ForgetBytes"/>.</summary>
    public long BytesAnswered => Interlocked.Read(ref _bytesAnswered);

    public void ForgetBytes() => Interlocked.Exchange(ref _bytesAnswered, 0);

    public void Forget()
    {
        lock (_requests)
        {
            _requests.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var (method, target) = (context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        lock (_requests)
        {
            _requests.Add((method, target));
        }

        if (Answers(method, target) is { } answer)
        {
            await AnswerAsync(context, answer.Status, answer.Code);
            return;
        }

        switch (Faults(method, target))
        {
            case S3Fault.Overload:
                await AnswerAsync(context, HttpStatusCode.ServiceUnavailable, "SlowDown");
                return;
            case S3Fault.Reset:
                context.Abort();
                return;
            case S3Fault.Silence:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            case var fault:
                await ForwardAsync(context, method, target, fault);
                return;
        }
    }

    private static async Task AnswerAsync(HttpContext context, HttpStatusCode status, string code)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync($"<Error><Code>{code}</Code><Message>By the test.</Message></Error>", context.RequestAborted);
    }

    private async Task ForwardAsync(HttpContext context, string method, string target, S3Fault fault)
    {
        using var request = await TranslateAsync(context.Request, method, target, fault == S3Fault.FlippedUpload);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        byte[] body = [.. await response.Content.ReadAsByteArrayAsync(context.RequestAborted), .. new byte[Padding]];
        if (fault == S3Fault.LostAnswer)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        if (body.Length > 0 && fault == S3Fault.FlippedBit)
        {
            body[body.Length / 2] ^= 4;
        }

        if (method != "HEAD" && context.Response.StatusCode != StatusCodes.Status204NoContent)
        {
            context.Response.ContentLength = body.Length;
            Interlocked.Add(ref _bytesAnswered, body.Length);
            await context.Response.Body.WriteAsync(body.AsMemory(0, fault == S3Fault.Truncation ? body.Length / 2 : body.Length), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        if (fault == S3Fault.Truncation)
        {
            context.Abort();
        }
    }

    private async Task<HttpRequestMessage> TranslateAsync(HttpRequest incoming, string method, string target, bool isFlipped)
    {
        using var stream = new MemoryStream();
        await incoming.Body.CopyToAsync(stream, incoming.HttpContext.RequestAborted);
        var body = stream.ToArray();
        if (isFlipped && body.Length > 0)
        {
            body[body.Length / 2] ^= 4;
        }

        var content = new ByteArrayContent(body);
        if (IgnoresConditions && method == "PUT" && !target.EndsWith('/'))
        {
            return new HttpRequestMessage(HttpMethod.Put, await SignPutAsync(target)) { Content = content };
        }

        // As it came, to the letter: the signature covers it.
        var asItIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Endpoint.GetLeftPart(UriPartial.Authority) + target, asItIs));
        request.Content = method is "PUT" or "POST" ? content : null;
        foreach (var (name, values) in incoming.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        request.Headers.Host = incoming.Host.Value;
        return request;
    }

    private async Task<Uri> SignPutAsync(string target)
    {
        using var client = new MinioClient().WithEndpoint(_server.Endpoint.Host, _server.Endpoint.Port)
            .WithCredentials(_server.AccessKey, _server.SecretKey).WithRegion("us-east-1").Build();
        var parts = target[1..].Split('/', 2);
        return new Uri(await client.PresignedPutObjectAsync(
            new PresignedPutObjectArgs().WithBucket(parts[0]).WithObject(Uri.UnescapeDataString(parts[1])).WithExpiry(60)));
    }
}
