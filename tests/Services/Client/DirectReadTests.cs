using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Client;
using Graft.Client.Contents.Direct;
using Graft.Faults;
using Graft.Tests.Services.VectorStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class DirectReadTests : IAsyncLifetime
{
    private const int MiB = 1 << 20;

    private readonly LogRecorder _log = new();
    private ObjectServer _objects = null!;
    private LocatingStore _store = null!;
    private TestHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _objects = await ObjectServer.StartAsync();
        _store = new LocatingStore(_objects);
        _host = await TestHost.StartAsync(builder => builder.Services.AddSingleton(_store), app => app.MapGrpcService<LocatingStore>());
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _objects.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData((9 * MiB) + 6, 0, (9 * MiB) + 6)]
    [InlineData((9 * MiB) + 6, 3 * MiB, 2 * MiB)]
    [InlineData((9 * MiB) + 6, (4 * MiB) + 1, (5 * MiB) + 5)]
    [InlineData((9 * MiB) + 6, 4 * MiB, 4 * MiB)]
    [InlineData(MiB, 0, MiB)]
    public async Task Chunks_are_fetched_from_the_objects_and_decoded(int size, int offset, int length)
    {
        var (parent, child) = Pair(size);
        using var client = NewClient();

        foreach (var (digest, bytes) in new[] { parent, child })
        {
            var read = new byte[length];
            await client.Store.ReadAsync(digest, offset, read, Token);
            Assert.Equal(bytes[offset..(offset + length)], read);
            Assert.Equal(bytes, await client.Store.ReadAsync(digest, size, Token));
        }

        Assert.Equal(0, _store.Streamed);
        Assert.Equal(2, _store.Calls.Count);
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task Many_are_located_in_one_call()
    {
        var digests = Enumerable.Range(0, 20).Select(i => _store.Add(Noise(2 * MiB, i))).ToList();
        using var client = NewClient();

        await client.Store.PrepareReadsAsync(digests, Token);
        await Parallel.ForEachAsync(digests, Token, async (digest, token) => await client.Store.ReadAsync(digest, 2 * MiB, token));

        Assert.Equal(["locate 20"], _store.Calls);
        Assert.Equal(20, _objects.Requests.Count);
    }

    [Fact]
    public async Task A_parent_that_is_cached_is_not_fetched_again()
    {
        var (parent, child) = Pair(8 * MiB);
        using var client = new GraftClient(new ClientOptions { Server = _host.Address }, TimeProvider.System);

        await client.Store.ReadAsync(parent.Digest, 8 * MiB, Token);
        await client.Store.ReadAsync(child.Digest, 8 * MiB, Token);

        Assert.Equal(4, _objects.Requests.Count);
    }

    [Fact]
    public async Task Small_contents_come_through_the_service()
    {
        var digest = _store.Add(Noise(1000, 1));
        using var client = NewClient();

        Assert.Equal(Noise(1000, 1), await client.Store.ReadAsync(digest, 1000, Token));

        Assert.Equal([$"read {digest} 0 1000"], _store.Calls);
    }

    [Theory]
    [InlineData(null, "it does not know the call")]
    [InlineData(false, "its objects have no addresses")]
    public async Task A_store_without_addresses_is_asked_once(bool? offers, string reason)
    {
        _store.Offers = offers;
        var digest = _store.Add(Noise(2 * MiB, 1));
        using var client = NewClient();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Noise(2 * MiB, 1), await client.Store.ReadAsync(digest, 2 * MiB, Token));
        }

        Assert.InRange(_store.Calls.Count(call => call.StartsWith("locate", StringComparison.Ordinal)), 0, 1);
        Assert.Equal(3 * 2 * MiB, _store.Streamed);
        Assert.Contains(reason, Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_option_nobody_is_asked()
    {
        var digest = _store.Add(Noise(2 * MiB, 1));
        using var client = new GraftClient(new ClientOptions { Server = _host.Address, DirectReads = false }, TimeProvider.System);

        await client.Store.ReadAsync(digest, 2 * MiB, Token);

        Assert.Equal([$"read {digest} 0 {2 * MiB}"], _store.Calls);
    }

    [Fact]
    public async Task Expired_addresses_are_asked_for_again()
    {
        var (one, two) = (_store.Add(Noise(2 * MiB, 1)), _store.Add(Noise(2 * MiB, 2)));
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        _store.Expires = time.GetUtcNow() + TimeSpan.FromMinutes(10);
        using var client = NewClient(time);
        await client.Store.PrepareReadsAsync([one, two], Token);

        // Refused before their time, as when keys are changed, and known to have expired.
        _objects.Signature = "2";
        await client.Store.ReadAsync(one, 2 * MiB, Token);
        time.Advance(TimeSpan.FromMinutes(11));
        await client.Store.ReadAsync(two, 2 * MiB, Token);

        Assert.Equal(["locate 2", "locate 1", "locate 1"], _store.Calls);
        Assert.Equal(
            [$"{_store.BlobsOf(one)[0]} 1", $"{_store.BlobsOf(one)[0]} 2", $"{_store.BlobsOf(two)[0]} 2"], _objects.Requests);
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_does_no_harm()
    {
        var digest = _store.Add(Noise(40 * MiB, 1));
        _store.Expires = DateTimeOffset.UnixEpoch;
        using var client = NewClient();

        Assert.Equal(Noise(40 * MiB, 1), await client.Store.ReadAsync(digest, 40 * MiB, Token));

        Assert.Equal(["locate 1"], _store.Calls);
    }

    [Fact]
    public async Task A_server_that_refuses_is_left_alone_for_a_while()
    {
        _objects.Answer = context => Refuse(context, StatusCodes.Status403Forbidden);
        var digest = _store.Add(Noise(8 * MiB, 1));
        var time = new FakeTimeProvider();
        using var client = NewClient(time);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Noise(8 * MiB, 1), await client.Store.ReadAsync(digest, 8 * MiB, Token));
        }

        Assert.InRange(_objects.Requests.Count, 2, 4);
        Assert.Contains("403", Assert.Single(_log.Entries), StringComparison.Ordinal);

        _objects.Answer = _ => Task.FromResult(false);
        time.Advance(ObjectHosts.Pause);
        var streamed = _store.Streamed;
        Assert.Equal(Noise(8 * MiB, 1), await client.Store.ReadAsync(digest, 8 * MiB, Token));
        Assert.Equal(streamed, _store.Streamed);
    }

    [Fact]
    public async Task An_address_nobody_answers_is_tried_once()
    {
        var digest = _store.Add(Noise(12 * MiB, 1));
        await _objects.StopAsync();
        using var client = NewClient();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Noise(12 * MiB, 1), await client.Store.ReadAsync(digest, 12 * MiB, Token));
        }

        Assert.Single(_log.Entries);
    }

    [Fact]
    public async Task Wrong_bytes_are_fetched_once_more_and_then_left_to_the_store()
    {
        var digest = _store.Add(Noise(12 * MiB, 1));
        var bad = _store.BlobsOf(digest)[1];
        var wrong = 0;
        _objects.Answer = async context =>
        {
            var isBad = context.Request.Path.Value!.EndsWith(bad, StringComparison.Ordinal) && wrong++ < 3;
            if (isBad)
            {
                await context.Response.Body.WriteAsync(new byte[_objects.Blobs[bad].Length]);
            }

            return isBad;
        };
        using var client = NewClient();

        Assert.Equal(Noise(12 * MiB, 1), await client.Store.ReadAsync(digest, 12 * MiB, Token));
        Assert.Equal([$"locate 1", $"read {digest} {4 * MiB} {4 * MiB}"], _store.Calls);
        Assert.Contains("Damaged", Assert.Single(_log.Entries), StringComparison.Ordinal);

        // Wrong once, then right.
        Assert.Equal(Noise(12 * MiB, 1), await client.Store.ReadAsync(digest, 12 * MiB, Token));
        Assert.Equal(4 * MiB, _store.Streamed);
    }

    [Fact]
    public async Task A_server_that_stumbles_is_asked_again()
    {
        var digest = _store.Add(Noise(12 * MiB, 1));
        var requests = 0;
        _objects.Answer = async context =>
        {
            switch (Interlocked.Increment(ref requests))
            {
                case 1:
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    return true;
                case 2:
                    context.Response.ContentLength = 4 * MiB;
                    await context.Response.Body.WriteAsync(new byte[MiB]);
                    context.Abort();
                    return true;
                default:
                    return false;
            }
        };
        using var client = NewClient();

        Assert.Equal(Noise(12 * MiB, 1), await client.Store.ReadAsync(digest, 12 * MiB, Token));

        Assert.Equal(5, requests);
        Assert.Equal(0, _store.Streamed);
    }

    [Fact]
    public async Task Objects_that_are_gone_come_through_the_store_and_what_arrived_is_not_sent_again()
    {
        var digest = _store.Add(Noise(40 * MiB, 1));
        _objects.Blobs.TryRemove(_store.BlobsOf(digest)[3], out _);
        using var client = NewClient();

        Assert.Equal(Noise(40 * MiB, 1), await client.Store.ReadAsync(digest, 40 * MiB, Token));

        Assert.Equal(4 * MiB, _store.Streamed);
        Assert.Contains("Missing", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pieces_are_fetched_ahead_and_come_in_order()
    {
        var digest = _store.Add(Noise((50 * MiB) + 3, 1));
        using var client = NewClient();
        using var read = new MemoryStream();

        await foreach (var piece in client.Store.ReadPiecesAsync(digest, (50 * MiB) + 3, Token))
        {
            read.Write(piece.Span);
        }

        Assert.Equal(Noise((50 * MiB) + 3, 1), read.ToArray());
        Assert.Equal(["locate 1"], _store.Calls.Where(call => call.StartsWith("locate", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Faults_are_those_of_the_store()
    {
        var digest = _store.Add(Noise(2 * MiB, 1));
        using var client = NewClient();

        await StoreHost.RefusedAsync(FaultKind.NotFound, () => client.Store.ReadAsync(Digest.Of([9]), 2 * MiB, Token));
        await StoreHost.RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(digest, (2 * MiB) - 1, Token));
    }

    public static TheoryData<string> Contradictions => ["no content", "sizes", "urls", "address", "parent", "stored size"];

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void An_answer_that_contradicts_itself_is_refused(string defect)
    {
        var chunk = new V1.StoredChunk { Sha256 = Digest.Of([1]).ToString(), Size = 10, StoredSize = 5 };
        var response = new V1.LocateContentsResponse
        {
            Sha256 = Digest.Of([2]).ToString(),
            Content = new V1.StoredContent { Size = 10, Chunks = { chunk } },
            Urls = { "http://127.0.0.1/x" },
        };
        Assert.Equal(new Uri("http://127.0.0.1/x"), Assert.Single(ContentLocation.FromProto(response)!.Chunks).Address);
        switch (defect)
        {
            case "no content":
                response.Content = null;
                break;
            case "sizes":
                response.Content.Size = 11;
                break;
            case "urls":
                response.Urls.Add("http://127.0.0.1/y");
                break;
            case "address":
                response.Urls[0] = "file:///etc/passwd";
                break;
            case "parent":
                response.Content.Parent = Digest.Of([3]).ToString();
                break;
            case "stored size":
                chunk.StoredSize = ContentCodec.MaxChunkSize + ContentCodec.MaxOverhead + 1;
                break;
        }

        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => ContentLocation.FromProto(response)).Kind);
    }

    private static async Task<bool> Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        await context.Response.CompleteAsync();
        return true;
    }

    private ((Digest Digest, byte[] Bytes) Parent, (Digest Digest, byte[] Bytes) Child) Pair(int size)
    {
        var parent = StoreHost.Weights(size / 2, 1);
        var child = StoreHost.Weights(size / 2, 2, 1e-4, parent);
        var digest = _store.Add(parent, DType.BF16);
        return ((digest, parent), (_store.Add(child, DType.BF16, digest), child));
    }

    // Remembers nothing, so that every read is one.
    private GraftClient NewClient(TimeProvider? time = null) =>
        new(new ClientOptions { Server = _host.Address, CacheBytes = 0 }, time ?? TimeProvider.System, _log);

    private static byte[] Noise(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>What the client says in its log.</summary>
    private sealed class LogRecorder : ILoggerFactory, ILogger
    {
        private readonly List<string> _entries = [];

        public IReadOnlyList<string> Entries => _entries;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_entries)
            {
                _entries.Add($"{logLevel} {eventId.Id} {formatter(state, exception)}");
            }
        }
    }
}
