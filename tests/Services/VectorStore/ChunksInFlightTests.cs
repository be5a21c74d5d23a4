using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;
using Graft.Tests.Services.VectorStore.Objects;
using Graft.VectorStore.Contents;
using Xunit;

namespace Graft.Tests.Services.VectorStore;

/// <summary>Uploads and downloads that have several chunks on their way at once.</summary>
public sealed class ChunksInFlightTests
{
    private const int Chunk = ContentCodec.MaxChunkSize;

    private readonly InMemoryObjectStore _objects = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_chunks_of_an_upload_are_put_at_once_and_no_more()
    {
        var (running, most) = (0, 0);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var store = new StoreProcess(
            new SteppedObjectStore(_objects, async (_, what) =>
            {
                if (what.StartsWith("put blobs/", StringComparison.Ordinal))
                {
                    var now = Interlocked.Increment(ref running);
                    most = Math.Max(most, now);
                    if (now == ChunkSlots.EachUpload)
                    {
                        full.SetResult();
                    }

                    await full.Task;
                    Interlocked.Decrement(ref running);
                }
            }),
            TimeProvider.System);
        var bytes = new byte[(11 * Chunk) + 5];
        new Random(1).NextBytes(bytes);

        var digest = await store.WriteAsync(bytes);

        Assert.Equal(ChunkSlots.EachUpload, most);
        Assert.Equal(bytes, await store.ReadAsync(digest));
        Assert.Empty(await store.KeysAsync("uploads"));
    }

    [Fact]
    public async Task Only_what_has_no_gap_before_it_is_committed_and_a_broken_upload_keeps_every_whole_chunk()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var others = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var bytes = Different(6);
        var slow = $"put {BlobOf(bytes, 0)}";
        var last = $"put {BlobOf(bytes, 3)}";
        using var store = new StoreProcess(
            new SteppedObjectStore(_objects, async (_, what) =>
            {
                if (what == slow)
                {
                    await first.Task;
                }
                else if (what == last)
                {
                    others.TrySetResult();
                }
            }),
            TimeProvider.System);
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = store.Writer.WriteAsync(Header(bytes), BreaksAsync(bytes, (4 * Chunk) + 1000, broken.Task), Token);
        await others.Task;

        // The first chunk is still on its way.
        Assert.Null(await store.Uploads.FindAsync(Digest.Of(bytes), Token));
        broken.SetResult();
        var query = store.Writer.QueryAsync(Digest.Of(bytes), Token);
        first.SetResult();

        await Assert.ThrowsAsync<IOException>(() => writing);
        Assert.Equal((4L * Chunk, false), await query);
        var blobs = await store.KeysAsync("blobs");
        await store.Writer.WriteAsync(Header(bytes) with { Offset = 4 * Chunk }, PiecesAsync(bytes[(4 * Chunk)..]), Token);
        Assert.Equal(bytes, await store.ReadAsync(Digest.Of(bytes)));
        Assert.Equal((4, 6), (blobs.Count, (await store.KeysAsync("blobs")).Count));
    }

    [Fact]
    public async Task A_chunk_that_cannot_be_put_fails_the_upload_and_what_came_before_it_stays()
    {
        var bytes = Different(4);
        var bad = $"put {BlobOf(bytes, 2)}";
        using var store = new StoreProcess(
            new SteppedObjectStore(_objects, (_, what) => what == bad ? throw new FaultException(FaultKind.Exhausted, "full") : Task.CompletedTask),
            TimeProvider.System);

        var fault = await Assert.ThrowsAsync<FaultException>(() => store.WriteAsync(bytes));

        Assert.Equal("full", fault.Message);
        Assert.Equal((2L * Chunk, false), await store.Writer.QueryAsync(Digest.Of(bytes), Token));
    }

    [Fact]
    public async Task Four_chunks_are_read_ahead_with_their_parents_and_none_beyond_the_range()
    {
        var whole = StoreHost.Weights(8 * Chunk / 2, seed: 1);
        var near = StoreHost.Weights(8 * Chunk / 2, seed: 2, noise: 1e-4, near: whole);
        using (var writing = new StoreProcess(_objects, TimeProvider.System))
        {
            await writing.WriteAsync(near, DType.BF16, await writing.WriteAsync(whole, DType.BF16));
        }

        var (running, most, gets) = (0, 0, 0);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var store = new StoreProcess(
            new SteppedObjectStore(_objects, async (_, what) =>
            {
                if (what.StartsWith("get blobs/", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref gets);
                    var now = Interlocked.Increment(ref running);
                    most = Math.Max(most, now);
                    if (now == 2 * ContentReader.Depth)
                    {
                        full.TrySetResult();
                    }

                    await full.Task;
                    Interlocked.Decrement(ref running);
                }
            }),
            TimeProvider.System);
        List<byte> read = [];
        await foreach (var piece in store.Reader.ReadAsync(Digest.Of(near), Chunk - 10, (3 * Chunk) + 20, Token))
        {
            read.AddRange(piece.Span);
        }

        Assert.Equal(near[(Chunk - 10)..((4 * Chunk) + 10)], read);
        Assert.InRange(most, 2 * ContentReader.Depth, 2 * (ContentReader.Depth + 1));
        Assert.Equal(2 * 5, gets);
    }

    [Fact]
    public async Task A_reader_that_stops_early_leaves_nothing_running()
    {
        var bytes = Different(6);
        using var store = new StoreProcess(_objects, TimeProvider.System);
        var digest = await store.WriteAsync(bytes);

        await foreach (var piece in store.Reader.ReadAsync(digest, 0, 0, Token))
        {
            Assert.Equal(bytes[..Chunk], piece.ToArray());
            break;
        }

        Assert.Equal(bytes, await store.ReadAsync(digest));
    }

    [Fact]
    public async Task A_blob_that_comes_wrong_once_is_fetched_again_and_twice_is_data_loss()
    {
        var bytes = Different(1);
        using var healthy = new StoreProcess(_objects, TimeProvider.System);
        var digest = await healthy.WriteAsync(bytes);
        var blob = BlobOf(bytes, 0);
        foreach (var (wrong, expected) in new[] { (1, (FaultKind?)null), (2, FaultKind.Corrupt) })
        {
            var flips = new FlippingObjectStore(_objects, blob, wrong);
            using var store = new StoreProcess(flips, TimeProvider.System);

            var fault = await Record.ExceptionAsync(() => store.ReadAsync(digest)) as FaultException;

            Assert.Equal(expected, fault?.Kind);
            Assert.Contains(expected is null ? "" : blob, fault?.Message ?? "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Records_that_come_wrong_once_are_fetched_again_and_twice_are_not_believed()
    {
        using var healthy = new StoreProcess(_objects, TimeProvider.System);
        var artifact = await healthy.PutAsync(ArtifactKind.Dataset, [1, 2, 3]);
        var recipe = new Graft.Artifacts.Recipes.ExtractRecipe(artifact, artifact);
        await healthy.Results.PutAsync(recipe, artifact, Token);
        var digest = Graft.Artifacts.Rpc.RecipeCodec.DigestOf(recipe);
        var content = Digest.Of([1, 2, 3]);

        await CheckAsync($"contents/{content}", store => store.ReadAsync(content), isRepairedByMaking: false);
        await CheckAsync($"artifacts/{artifact}", store => store.Manifests.FindAsync(artifact, Token), isRepairedByMaking: false);
        await CheckAsync($"results/{digest}", async store => Assert.NotNull((await store.Results.LookUpAsync([digest], Token))[0]), isRepairedByMaking: true);
    }

    // Every bit of the object is flipped in turn.
    private async Task CheckAsync(string key, Func<StoreProcess, Task> read, bool isRepairedByMaking)
    {
        var length = (await _objects.GetAsync(key, Token))!.Length;
        for (var bit = 0; bit < length * 8; bit += 7)
        {
            using var once = new StoreProcess(new FlippingObjectStore(_objects, key, wrong: 1, bit), TimeProvider.System);
            await read(once);
            using var twice = new StoreProcess(new FlippingObjectStore(_objects, key, wrong: 2, bit), TimeProvider.System);
            var exception = await Record.ExceptionAsync(() => read(twice));
            if (isRepairedByMaking)
            {
                Assert.IsType<Xunit.Sdk.NotNullException>(exception);
            }
            else
            {
                var fault = Assert.IsType<FaultException>(exception);
                Assert.Equal(FaultKind.Corrupt, fault.Kind);
                Assert.Contains(key, fault.Message, StringComparison.Ordinal);
            }
        }
    }

    private static ContentHeader Header(byte[] bytes) => new(Digest.Of(bytes), bytes.Length, 0, null, null);

    // Each chunk is noise of its own.
    private static byte[] Different(int chunks)
    {
        var bytes = new byte[chunks * Chunk];
        new Random(chunks).NextBytes(bytes);
        return bytes;
    }

    private static string BlobOf(byte[] bytes, int position) =>
        $"blobs/{Digest.Of(ContentCodec.Encode(bytes.AsSpan(position * Chunk, Chunk), null, []))}";

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync(byte[] bytes)
    {
        await Task.CompletedTask;
        yield return bytes;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> BreaksAsync(byte[] bytes, int length, Task broken)
    {
        yield return bytes.AsMemory(0, length);
        await broken;
        throw new IOException("The connection broke.");
    }
}
