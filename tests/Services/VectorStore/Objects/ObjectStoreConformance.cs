using System.Globalization;
using System.Net;
using System.Text;
using Graft.Faults;
using Graft.VectorStore.Objects;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects;

/// <summary>The contract of <see cref="IObjectStore"/>, which every implementation runs.</summary>
public abstract class ObjectStoreConformance
{
    private static readonly byte[] _bytes = [1, 2, 3, 4, 5, 6, 7, 8];

    /// <summary>The store under test, empty.</summary>
    private protected abstract IObjectStore Store { get; }

    /// <summary>The same objects seen by another process, as near as the implementation can come to it.</summary>
    private protected abstract IObjectStore OtherProcess { get; }

    /// <summary>Whether readers reach the objects themselves.</summary>
    private protected virtual bool IsReachable => false;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_put_is_read_back_by_every_process()
    {
        Assert.True(await Store.PutIfAbsentAsync("blobs/a", _bytes, Token));

        Assert.Equal(_bytes, await Store.GetAsync("blobs/a", Token));
        Assert.Equal(_bytes, await OtherProcess.GetAsync("blobs/a", Token));
        Assert.True(await OtherProcess.ExistsAsync("blobs/a", Token));
    }

    [Fact]
    public async Task An_absent_object_is_null_everywhere()
    {
        Assert.Null(await Store.GetAsync("blobs/a", Token));
        Assert.Null(await Store.GetVersionedAsync("blobs/a", Token));
        Assert.Null(await Store.GetRangeAsync("blobs/a", 0, 1, Token));
        Assert.False(await Store.ExistsAsync("blobs/a", Token));
        Assert.False(await Store.ReplaceAsync("blobs/a", _bytes, "any version", Token));
        Assert.Empty(await KeysAsync("blobs/"));
        await Store.DeleteAsync("blobs/a", Token);
    }

    [Fact]
    public async Task Put_on_an_existing_object_changes_nothing()
    {
        await Store.PutIfAbsentAsync("blobs/a", _bytes, Token);

        Assert.False(await OtherProcess.PutIfAbsentAsync("blobs/a", new byte[] { 9 }, Token));

        Assert.Equal(_bytes, await Store.GetAsync("blobs/a", Token));
    }

    [Fact]
    public async Task An_empty_object_is_there()
    {
        Assert.True(await Store.PutIfAbsentAsync("names/none", ReadOnlyMemory<byte>.Empty, Token));

        Assert.False(await Store.PutIfAbsentAsync("names/none", _bytes, Token));
        Assert.Empty((await Store.GetAsync("names/none", Token))!);
        Assert.Empty((await Store.GetRangeAsync("names/none", 0, 5, Token))!);
        Assert.True(await Store.ExistsAsync("names/none", Token));
        Assert.Equal(["names/none"], await KeysAsync("names/"));
    }

    [Fact]
    public async Task The_largest_object_comes_back_whole_and_a_larger_one_is_refused()
    {
        var bytes = new byte[IObjectStore.MaxObjectBytes];
        new Random(1).NextBytes(bytes);

        Assert.True(await Store.PutIfAbsentAsync("blobs/big", bytes, Token));

        Assert.Equal(bytes, await Store.GetAsync("blobs/big", Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutIfAbsentAsync("blobs/bigger", new byte[bytes.Length + 1], Token));
    }

    [Theory]
    [InlineData(0, 8, "1 2 3 4 5 6 7 8")]
    [InlineData(2, 3, "3 4 5")]
    [InlineData(6, 100, "7 8")]
    [InlineData(0, 0, "")]
    [InlineData(8, 1, "")]
    [InlineData(5_000_000_000, 1, "")]
    public async Task A_range_ends_where_the_object_ends(long offset, int length, string expected)
    {
        await Store.PutIfAbsentAsync("blobs/a", _bytes, Token);

        var range = await Store.GetRangeAsync("blobs/a", offset, length, Token);

        Assert.Equal(expected, string.Join(' ', range!));
    }

    [Fact]
    public async Task Replace_wants_the_version_that_is_there()
    {
        await Store.PutIfAbsentAsync("names/a", Text("one"), Token);
        var first = await Store.GetVersionedAsync("names/a", Token);

        Assert.True(await OtherProcess.ReplaceAsync("names/a", Text("two"), first!.Version, Token));
        Assert.False(await Store.ReplaceAsync("names/a", Text("three"), first.Version, Token));

        var second = await Store.GetVersionedAsync("names/a", Token);
        Assert.Equal("two", Encoding.ASCII.GetString(second!.Bytes));
        Assert.NotEqual(first.Version, second.Version);
        Assert.True(await Store.ReplaceAsync("names/a", ReadOnlyMemory<byte>.Empty, second.Version, Token));
        Assert.Empty((await Store.GetAsync("names/a", Token))!);
    }

    [Fact]
    public async Task A_deleted_object_is_gone_and_can_be_put_again()
    {
        await Store.PutIfAbsentAsync("names/a", Text("one"), Token);
        var version = (await Store.GetVersionedAsync("names/a", Token))!.Version;

        await OtherProcess.DeleteAsync("names/a", Token);

        Assert.False(await Store.ExistsAsync("names/a", Token));
        Assert.False(await Store.ReplaceAsync("names/a", Text("two"), version, Token));
        Assert.True(await Store.PutIfAbsentAsync("names/a", Text("three"), Token));
    }

    [Fact]
    public async Task Of_racing_creators_one_wins_and_its_bytes_stay()
    {
        for (var round = 0; round < 20; round++)
        {
            var key = $"names/race-{round}";

            var won = await RaceAsync(16, (i, store) => store.PutIfAbsentAsync(key, Text($"creator {i}"), Token));

            var winner = Assert.Single(Enumerable.Range(0, 16), i => won[i]);
            Assert.Equal($"creator {winner}", Encoding.ASCII.GetString((await Store.GetAsync(key, Token))!));
        }
    }

    [Fact]
    public async Task No_increment_of_racing_replacers_is_lost()
    {
        const int Workers = 8;
        const int Increments = 25;
        await Store.PutIfAbsentAsync("names/counter", Text("0"), Token);

        await RaceAsync(Workers, async (_, store) =>
        {
            for (var done = 0; done < Increments;)
            {
                var current = await store.GetVersionedAsync("names/counter", Token);
                var next = int.Parse(Encoding.ASCII.GetString(current!.Bytes), CultureInfo.InvariantCulture) + 1;
                done += await store.ReplaceAsync("names/counter", Text($"{next}"), current.Version, Token) ? 1 : 0;
            }

            return true;
        });

        Assert.Equal($"{Workers * Increments}", Encoding.ASCII.GetString((await Store.GetAsync("names/counter", Token))!));
    }

    [Fact]
    public async Task A_reader_never_sees_half_an_object()
    {
        byte[] ones = [.. Enumerable.Repeat((byte)1, 100_000)];
        byte[] twos = [.. Enumerable.Repeat((byte)2, 50_000)];
        await Store.PutIfAbsentAsync("names/a", ones, Token);

        await RaceAsync(4, async (i, store) =>
        {
            for (var round = 0; round < 25; round++)
            {
                var seen = await store.GetVersionedAsync("names/a", Token);
                Assert.Equal(seen!.Bytes[0] == 1 ? 100_000 : 50_000, seen.Bytes.Length);
                Assert.Single(seen.Bytes.Distinct());
                if (i < 2)
                {
                    await TryReplaceAsync(store, seen.Bytes[0] == 1 ? twos : ones, seen.Version);
                }
            }

            return true;
        });
    }

    // Over a network an answer may be lost, and with bytes that come again and again nobody can tell then whether the write was done.
    private static async Task TryReplaceAsync(IObjectStore store, byte[] bytes, string version)
    {
        try
        {
            await store.ReplaceAsync("names/a", bytes, version, Token);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
        {
            // May have been done or not: both leave a whole object.
        }
    }

    [Fact]
    public async Task Keys_that_look_alike_are_different_objects()
    {
        string[] keys =
        [
            "names/M1", "names/m1", "names/M1/40", "names/M1/40/x", "names/M1-FT", "names/M1.", "names/.M1", "names/a+b", "names/A_B",
            "names/...", "names/-", "names/M2+M1/0.5", "names/" + new string('x', 240),
        ];

        foreach (var key in keys)
        {
            Assert.True(await Store.PutIfAbsentAsync(key, Text(key), Token), key);
        }

        foreach (var key in keys)
        {
            Assert.Equal(key, Encoding.ASCII.GetString((await Store.GetAsync(key, Token))!));
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), await KeysAsync("names/"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("names")]
    [InlineData("names/")]
    [InlineData("/names/a")]
    [InlineData("Names/a")]
    [InlineData("names//a")]
    [InlineData("names/../a")]
    [InlineData("names/a/..")]
    [InlineData("names/.")]
    [InlineData("names/a b")]
    [InlineData("names/a~b")]
    [InlineData("names/a\\b")]
    [InlineData("names/\u00e4")]
    [InlineData("names/a\0")]
    [InlineData("../a")]
    public async Task What_is_no_key_is_refused(string key)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutIfAbsentAsync(key, _bytes, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.GetAsync(key, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.DeleteAsync(key, Token));
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutIfAbsentAsync("names/" + new string('x', 245), _bytes, Token));

    [Fact]
    public async Task Keys_are_listed_in_ordinal_order_by_prefix_and_from_a_place_on()
    {
        foreach (var key in new[] { "names/b", "names/a", "names/B", "names/a/1", "names/a-1", "names/ab", "blobs/a" })
        {
            await Store.PutIfAbsentAsync(key, _bytes, Token);
        }

        Assert.Equal(["names/B", "names/a", "names/a-1", "names/a/1", "names/ab", "names/b"], await KeysAsync("names/"));
        Assert.Equal(["names/a", "names/a-1", "names/a/1", "names/ab"], await KeysAsync("names/a"));
        Assert.Equal(["names/a/1"], await KeysAsync("names/a/"));
        Assert.Equal(["names/a/1", "names/ab", "names/b"], await KeysAsync("names/", after: "names/a-1"));
        Assert.Equal(["names/ab", "names/b"], await KeysAsync("names/", after: "names/aa"));
        Assert.Empty(await KeysAsync("names/c"));
        Assert.Empty(await KeysAsync("results/"));
    }

    [Fact]
    public async Task More_keys_than_a_page_are_listed_without_gaps()
    {
        string[] keys = [.. Enumerable.Range(0, 1234).Select(i => $"results/{i:d5}")];
        foreach (var key in keys)
        {
            await Store.PutIfAbsentAsync(key, _bytes.AsMemory(0, 1), Token);
        }

        Assert.Equal(keys, await KeysAsync("results/"));
        Assert.Equal(keys[1100..], await KeysAsync("results/", after: keys[1099]));
    }

    [Fact]
    public async Task Objects_are_listed_with_size_and_time()
    {
        var begin = TimeProvider.System.GetUtcNow();
        await Store.PutIfAbsentAsync("blobs/b", _bytes, Token);
        await Store.PutIfAbsentAsync("blobs/a/1", ReadOnlyMemory<byte>.Empty, Token);
        await Store.PutIfAbsentAsync("blobs/C", _bytes.AsMemory(0, 3), Token);
        await Store.PutIfAbsentAsync("names/a", _bytes, Token);

        var all = await OtherProcess.ListInfoAsync("blobs/", null, Token).ToListAsync(Token);

        Assert.Equal([("blobs/C", 3L), ("blobs/a/1", 0L), ("blobs/b", 8L)], all.Select(info => (info.Key, info.Size)));
        // The clock of a server somewhere else, and one that shows whole seconds.
        Assert.All(all, info => Assert.InRange(info.Modified, begin.AddMinutes(-15), TimeProvider.System.GetUtcNow().AddMinutes(15)));
        Assert.Equal(all[1..], await Store.ListInfoAsync("blobs/", "blobs/C", Token).ToListAsync(Token));
        Assert.Equal(all[1..2], await Store.ListInfoAsync("blobs/a", null, Token).ToListAsync(Token));
        Assert.Empty(await Store.ListInfoAsync("results/", null, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task What_is_known_of_one_object_is_what_a_list_says()
    {
        await Store.PutIfAbsentAsync("names/M1/40", _bytes, Token);
        await Store.PutIfAbsentAsync("names/M1-FT", _bytes, Token);
        Assert.Null(await Store.FindInfoAsync("names/M1", Token));
        await Store.PutIfAbsentAsync("names/M1", _bytes.AsMemory(0, 5), Token);

        var info = await OtherProcess.FindInfoAsync("names/M1", Token);

        Assert.Equal(("names/M1", 5L), (info!.Key, info.Size));
        Assert.Equal((await Store.ListInfoAsync("names/M1", null, Token).ToListAsync(Token))[0], info);
        Assert.Null(await Store.FindInfoAsync("names/M", Token));
    }

    [Fact]
    public async Task A_presigned_address_gives_the_bytes_to_whoever_has_it()
    {
        await Store.PutIfAbsentAsync("blobs/A+b/1", _bytes, Token);
        var address = await Store.PresignAsync("blobs/A+b/1", TimeSpan.FromMinutes(1), Token);
        Assert.Equal(IsReachable, address is not null);
        if (address is null)
        {
            return;
        }

        using var http = new HttpClient();
        Assert.Equal(_bytes, await http.GetByteArrayAsync(address, Token));

        using var missing = await http.GetAsync(await Store.PresignAsync("blobs/none", TimeSpan.FromMinutes(1), Token), Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);

        var other = new Uri(address.AbsoluteUri.Replace("A%2Bb", "c", StringComparison.Ordinal));
        using var forged = await http.GetAsync(other, Token);
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
    }

    [Fact]
    public async Task A_flush_returns_whether_or_not_there_is_anything_to_flush()
    {
        await Store.FlushAsync(Token);
        await Store.PutIfAbsentAsync("blobs/a", _bytes, Token);

        await Task.WhenAll(Store.FlushAsync(Token), Store.FlushAsync(Token), OtherProcess.FlushAsync(Token));

        Assert.Equal(_bytes, await Store.GetAsync("blobs/a", Token));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutIfAbsentAsync("blobs/a", _bytes, cancelled.Token));

        Assert.False(await Store.ExistsAsync("blobs/a", Token));
    }

    private static ReadOnlyMemory<byte> Text(string text) => Encoding.ASCII.GetBytes(text);

    // Half of the racers come from another process.
    private async Task<T[]> RaceAsync<T>(int racers, Func<int, IObjectStore, Task<T>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = Enumerable.Range(0, racers).Select(i => Task.Run(async () =>
        {
            await start.Task;
            return await run(i, i % 2 == 0 ? Store : OtherProcess);
        })).ToList();
        start.SetResult();
        return await Task.WhenAll(tasks);
    }

    private async Task<List<string>> KeysAsync(string prefix, string? after = null)
    {
        List<string> keys = [];
        await foreach (var key in Store.ListAsync(prefix, after, Token))
        {
            keys.Add(key);
        }

        return keys;
    }
}
