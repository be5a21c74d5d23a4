using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Graft.Hosting.Jobs;
using Graft.Tests.Services.Hosting.Access;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Graft.Tests.Services.Hosting.Limits;

/// <summary>What one caller, one call and one message may take.</summary>
public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Headers_beyond_the_limit_are_refused()
    {
        await using var host = await ScriptedService.StartAsync(_ => Task.CompletedTask);
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);
        // As many small ones as make 40 KB: each alone would pass.
        Metadata headers = [.. Enumerable.Range(0, 40).Select(number => new Metadata.Entry($"x-{number}", new string('a', 1000)))];

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest(), headers));
        var answer = await store.GetArtifactAsync(new V1.GetArtifactRequest { Reference = "after" });

        Assert.Contains(exception.StatusCode, new[] { StatusCode.Internal, StatusCode.Unknown, StatusCode.Unavailable });
        Assert.Equal("after", answer.Digest);
    }

    [Fact]
    public async Task A_small_message_that_unpacks_to_half_a_gigabyte_is_refused()
    {
        await using var host = await ScriptedService.StartAsync(_ => Task.CompletedTask);
        using var http = new HttpClient();
        using var request = Call(host, "gzip", await BombAsync());

        using var response = await http.SendAsync(request, Token);
        await response.Content.ReadAsByteArrayAsync(Token);

        var status = response.TrailingHeaders.Concat(response.Headers).First(header => header.Key == "grpc-status").Value.Single();
        Assert.Equal($"{(int)StatusCode.ResourceExhausted}", status);
    }

    [Fact]
    public async Task A_caller_that_leaves_in_the_middle_of_its_message_is_no_error()
    {
        var logs = new LogCollector();
        await using var host = await TestHost.StartAsync(
            builder => builder.Services.AddSingleton(new ScriptedService.Script(_ => Task.CompletedTask)),
            app =>
            {
                app.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
                app.MapGrpcService<ScriptedService>();
            },
            new Dictionary<string, string?> { ["Logging:LogLevel:Grpc"] = "Debug" });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var http = new HttpClient();
        using var leaving = new CancellationTokenSource();
        using var content = new HalfMessage(leaving);
        using var request = Call(host, "identity", content);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.SendAsync(request, leaving.Token));

        while (!logs.Lines.Any(line => line.Contains("ServerCallHandler", StringComparison.Ordinal) && line.Contains("reset the request stream", StringComparison.Ordinal)))
        {
            await Task.Delay(20, limit.Token);
        }

        Assert.DoesNotContain(logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_call_without_a_deadline_ends_with_the_longest_there_is()
    {
        await using var host = await TestHost.StartAsync(
            builder => builder.Services.AddSingleton(new ScriptedService.Script(token => Task.Delay(Timeout.Infinite, token))),
            app => app.MapGrpcService<ScriptedService>(),
            new Dictionary<string, string?> { ["Limits:CallDuration"] = "00:00:01" });
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);
        using var stream = store.ReadContent(new V1.ReadContentRequest());
        await stream.ResponseStream.MoveNext(Token);

        var exception = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(Token));

        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    [Fact]
    public async Task One_caller_has_so_many_uploads_and_another_is_not_kept_waiting()
    {
        await using var host = await StartAsync(_ => Task.CompletedTask, new() { ["Limits:UploadsPerCaller"] = "2", ["Limits:CallsPerCaller"] = "3" });
        using var issuer = host.Issuer;
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Host.Channel);
        var (alice, bob) = (host.As("alice"), host.As("bob"));
        using var first = store.WriteContent(alice);
        using var second = store.WriteContent(alice);
        await first.RequestStream.WriteAsync(new V1.WriteContentRequest(), Token);
        await second.RequestStream.WriteAsync(new V1.WriteContentRequest(), Token);
        await Task.WhenAll(first.ResponseHeadersAsync, second.ResponseHeadersAsync);

        var third = await Assert.ThrowsAsync<RpcException>(async () => await store.WriteContent(alice));
        await store.GetArtifactAsync(new V1.GetArtifactRequest { Reference = "reads" }, alice);
        using var others = store.WriteContent(bob);
        await others.RequestStream.CompleteAsync();
        await others;
        await first.RequestStream.CompleteAsync();
        await first;
        await UploadWhenLetAsync(store, alice);

        Assert.Equal(StatusCode.ResourceExhausted, third.StatusCode);
        Assert.Contains("token alice has 2 uploads open", third.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), third.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>()!.RetryDelay.ToTimeSpan());
        await second.RequestStream.CompleteAsync();
        await second;
    }

    [Fact]
    public async Task One_caller_has_so_many_calls()
    {
        var release = new TaskCompletionSource();
        await using var host = await StartAsync(token => release.Task.WaitAsync(token), new() { ["Limits:CallsPerCaller"] = "2" });
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Host.Channel);
        using var first = store.ReadContent(new V1.ReadContentRequest(), host.As("alice"));
        using var second = store.ReadContent(new V1.ReadContentRequest(), host.As("alice"));
        await first.ResponseStream.MoveNext(Token);
        await second.ResponseStream.MoveNext(Token);

        var third = await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest(), host.As("alice")));
        release.SetResult();

        Assert.Equal(StatusCode.ResourceExhausted, third.StatusCode);
        Assert.Contains("Limits:CallsPerCaller", third.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_caller_has_so_many_jobs()
    {
        JobTable? jobs = null;
        var number = 0;
        await using var host = await StartAsync(
            _ =>
            {
                jobs!.Start(new JobRequest($"{Interlocked.Increment(ref number)}", "train", (_, token) => Task.Delay(Timeout.Infinite, token)));
                return Task.CompletedTask;
            },
            new() { ["Jobs:MaxConcurrentJobs"] = "8", ["Jobs:MaxConcurrentJobsPerCaller"] = "1" });
        jobs = host.Host.App.Services.GetRequiredService<JobTable>();
        var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Host.Channel);

        await store.GetArtifactAsync(new V1.GetArtifactRequest(), host.As("alice"));
        var second = await Assert.ThrowsAsync<RpcException>(async () => await store.GetArtifactAsync(new V1.GetArtifactRequest(), host.As("alice")));
        await store.GetArtifactAsync(new V1.GetArtifactRequest(), host.As("bob"));

        Assert.Equal(StatusCode.ResourceExhausted, second.StatusCode);
        Assert.Contains("token alice has 1 jobs running here", second.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(2, jobs.List(0, "").Jobs.Count);
    }

    private static async Task<KnownCallers> StartAsync(Func<CancellationToken, Task> script, Dictionary<string, string?> settings)
    {
        var folder = Directory.CreateTempSubdirectory("graft-limits-").FullName;
        var issuer = new TestIssuer("https://issuer.test");
        await File.WriteAllTextAsync(Path.Combine(folder, "jwks.json"), issuer.Keys(), Token);
        settings["Access:Jwt:Issuer"] = issuer.Issuer;
        settings["Access:Jwt:Audience"] = TestIssuer.Audience;
        settings["Access:Jwt:JwksFile"] = Path.Combine(folder, "jwks.json");
        var host = await TestHost.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(new ScriptedService.Script(script));
                builder.Services.AddJobs();
            },
            app =>
            {
                app.MapGrpcService<ScriptedService>();
                app.MapJobs();
            },
            settings);
        return new KnownCallers(host, issuer, folder);
    }

    // The answer to an upload arrives a moment before its place is free.
    private static async Task UploadWhenLetAsync(V1.VectorStoreService.VectorStoreServiceClient store, Metadata caller)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                using var upload = store.WriteContent(caller);
                await upload.RequestStream.CompleteAsync();
                await upload;
                return;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
            }
        }
    }

    private static HttpRequestMessage Call(TestHost host, string encoding, HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Address, "/graft.v1.VectorStoreService/GetArtifact"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.Add("grpc-encoding", encoding);
        return request;
    }

    // One field of half a gigabyte of zeros, in half a megabyte of gzip.
    private static async Task<ByteArrayContent> BombAsync()
    {
        using var packed = new MemoryStream();
        packed.Write([1, 0, 0, 0, 0]);
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            // Field 1, length 2^29.
            gzip.Write([0x0A, 0x80, 0x80, 0x80, 0x80, 0x02]);
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 1 << 9; i++)
            {
                gzip.Write(zeros);
            }
        }

        var bytes = packed.ToArray();
        Assert.InRange(bytes.Length, 1 << 18, (4 << 20) - 1);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - 5);
        return new ByteArrayContent(bytes);
    }

    private sealed record KnownCallers(TestHost Host, TestIssuer Issuer, string Folder) : IAsyncDisposable
    {
        public Metadata As(string subject) => new() { { "authorization", $"Bearer {Issuer.Token(subject, ["admin"])}" } };

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            Issuer.Dispose();
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Says a hundred bytes will come, sends three and goes.</summary>
    private sealed class HalfMessage(CancellationTokenSource leaving) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 0, 100, 1, 2, 3 });
            await stream.FlushAsync();
            await Task.Delay(200);
            await leaving.CancelAsync();
            await Task.Delay(Timeout.Infinite, leaving.Token);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
