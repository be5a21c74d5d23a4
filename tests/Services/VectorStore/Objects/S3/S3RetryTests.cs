using System.Globalization;
using System.Net;
using System.Text;
using Graft.Faults;
using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>Faults that pass: nobody notices, and no answer is wrong.</summary>
public sealed class S3RetryTests(S3Fixture s3)
{
    private static readonly byte[] _bytes = [1, 2, 3, 4, 5, 6, 7, 8];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faults => ["Overload", "Reset", "LostAnswer", "Truncation", "Silence"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Every_operation_gives_the_right_answer_after_two_faults(string fault)
    {
        var kind = Enum.Parse<S3Fault>(fault);
        await using var behind = await StartAsync(kind == S3Fault.Silence ? TimeSpan.FromMilliseconds(400) : TimeSpan.FromSeconds(5));
        var store = behind.Store;
        var requests = 0;
        behind.Proxy.Faults = (_, _) => requests++ < 2 ? kind : S3Fault.None;

        Assert.True(await AgainAsync(() => store.PutIfAbsentAsync("names/a", _bytes, Token)));
        Assert.False(await AgainAsync(() => store.PutIfAbsentAsync("names/a", new byte[1], Token)));
        var seen = await AgainAsync(() => store.GetVersionedAsync("names/a", Token));
        Assert.Equal(_bytes, seen!.Bytes);
        Assert.Equal(_bytes[2..4], await AgainAsync(() => store.GetRangeAsync("names/a", 2, 2, Token)));
        Assert.True(await AgainAsync(() => store.ExistsAsync("names/a", Token)));
        Assert.True(await AgainAsync(() => store.ReplaceAsync("names/a", new byte[2], seen.Version, Token)));
        Assert.False(await AgainAsync(() => store.ReplaceAsync("names/a", new byte[3], seen.Version, Token)));
        Assert.Equal(["names/a"], await AgainAsync(() => store.ListAsync("names/", null, Token).ToListAsync(Token).AsTask()));
        Assert.Equal(new byte[2], await AgainAsync(() => store.GetAsync("names/a", Token)));
        await AgainAsync(async () =>
        {
            await store.DeleteAsync("names/a", Token);
            return true;
        });
        Assert.Null(await AgainAsync(() => store.GetAsync("names/a", Token)));

        async Task<T> AgainAsync<T>(Func<Task<T>> call)
        {
            requests = 0;
            var answer = await call();
            // A truncated answer without a body is a whole one.
            Assert.InRange(requests, kind == S3Fault.Truncation ? 1 : 3, int.MaxValue);
            return answer;
        }
    }

    // Ceph 20 answers racing writers with the first, AWS with the second.
    [Theory]
    [InlineData(HttpStatusCode.Conflict, "ConcurrentModification")]
    [InlineData(HttpStatusCode.Conflict, "ConditionalRequestConflict")]
    [InlineData(HttpStatusCode.BadRequest, "RequestTimeout")]
    [InlineData(HttpStatusCode.BadRequest, "BadDigest")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError")]
    [InlineData(HttpStatusCode.RequestTimeout, "")]
    [InlineData(HttpStatusCode.TooManyRequests, "")]
    [InlineData(HttpStatusCode.BadGateway, "")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "")]
    [InlineData(HttpStatusCode.GatewayTimeout, "")]
    public async Task A_refusal_that_passes_is_tried_again(HttpStatusCode status, string code)
    {
        await using var behind = await StartAsync();
        var requests = 0;
        behind.Proxy.Answers = (_, _) => requests++ == 0 ? (status, code) : null;

        Assert.True(await behind.Store.PutIfAbsentAsync("names/a", _bytes, Token));

        Assert.Equal(2, requests);
        Assert.Equal(_bytes, await behind.Store.GetAsync("names/a", Token));
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_told_from_one_that_somebody_else_won()
    {
        await using var behind = await StartAsync();
        using var other = await S3Fixture.StartAsync(behind.Options);
        var fault = S3Fault.None;
        behind.Proxy.Faults = (_, _) => Take(ref fault);

        fault = S3Fault.LostAnswer;
        Assert.True(await behind.Store.PutIfAbsentAsync("names/ours", _bytes, Token));

        // The same bytes of somebody else are not our success either.
        Assert.True(await other.PutIfAbsentAsync("names/theirs", _bytes, Token));
        fault = S3Fault.LostAnswer;
        Assert.False(await behind.Store.PutIfAbsentAsync("names/theirs", _bytes, Token));
    }

    // One of many seeds; the counter ends right only if every true was a write and every false none.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Racing_increments_through_faults_are_counted_exactly(int seed)
    {
        await using var behind = await StartAsync();
        var store = behind.Store;
        await store.PutIfAbsentAsync("names/counter", "0"u8.ToArray(), Token);
        var random = new Random(seed);
        S3Fault[] faults = [S3Fault.Overload, S3Fault.Reset, S3Fault.LostAnswer, S3Fault.LostAnswer, S3Fault.Truncation];
        behind.Proxy.Faults = (_, _) =>
        {
            lock (random)
            {
                return random.Next(4) == 0 ? faults[random.Next(faults.Length)] : S3Fault.None;
            }
        };

        var done = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => IncrementAsync(store, 15)));

        behind.Proxy.Faults = (_, _) => S3Fault.None;
        Assert.Equal($"{done.Sum()}", Encoding.ASCII.GetString((await store.GetAsync("names/counter", Token))!));
    }

    [Fact]
    public async Task Patience_ends_with_what_was_wrong()
    {
        await using var behind = await S3Behind.StartAsync(s3, options => options.Patience = TimeSpan.FromMilliseconds(300));
        behind.Proxy.Faults = (_, _) => S3Fault.Overload;

        var fault = await behind.RefusedAsync(FaultKind.Unavailable, () => behind.Store.GetAsync("names/a", Token));

        Assert.Contains("503 SlowDown", fault.Message, StringComparison.Ordinal);
        Assert.InRange(behind.Proxy.Requests.Count, 2, 100);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_on()
    {
        await using var behind = await S3Behind.CreateAsync(s3, options =>
        {
            options.AttemptLimit = TimeSpan.FromMilliseconds(100);
            options.Patience = TimeSpan.FromMilliseconds(150);
        });
        behind.Proxy.Faults = (_, _) => S3Fault.Silence;

        var fault = await behind.RefusedAsync(FaultKind.Unavailable, () => behind.Store.PutIfAbsentAsync("names/a", _bytes, Token));

        Assert.Contains("0.1 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_gives_up_waits_no_longer()
    {
        await using var behind = await S3Behind.StartAsync(s3);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        behind.Proxy.Faults = (_, _) =>
        {
            asked.TrySetResult();
            return S3Fault.Silence;
        };
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var call = behind.Store.GetAsync("names/a", impatience.Token);
        await asked.Task;
        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    // Without TLS nothing but the signed digest tells.
    [Fact]
    public async Task What_changes_on_the_way_to_the_server_does_not_arrive()
    {
        await using var behind = await StartAsync();
        var fault = S3Fault.FlippedUpload;
        behind.Proxy.Faults = (_, _) => Take(ref fault);

        Assert.True(await behind.Store.PutIfAbsentAsync("blobs/a", _bytes, Token));

        Assert.Equal(_bytes, await behind.Store.GetAsync("blobs/a", Token));
    }

    private async Task<S3Behind> StartAsync(TimeSpan? attemptLimit = null)
    {
        var behind = await S3Behind.CreateAsync(s3, options => options.AttemptLimit = attemptLimit ?? TimeSpan.FromSeconds(5));
        // The bucket, by a store with more time.
        (await S3Fixture.StartAsync(await s3.PlaceAsync())).Dispose();
        return behind;
    }

    private static S3Fault Take(ref S3Fault fault)
    {
        var taken = fault;
        fault = S3Fault.None;
        return taken;
    }

    private static async Task<int> IncrementAsync(S3ObjectStore store, int times)
    {
        var done = 0;
        for (var i = 0; i < times; i++)
        {
            var current = await store.GetVersionedAsync("names/counter", Token);
            var next = int.Parse(Encoding.ASCII.GetString(current!.Bytes), CultureInfo.InvariantCulture) + 1;
            done += await store.ReplaceAsync("names/counter", Encoding.ASCII.GetBytes($"{next}"), current.Version, Token) ? 1 : 0;
        }

        return done;
    }
}
