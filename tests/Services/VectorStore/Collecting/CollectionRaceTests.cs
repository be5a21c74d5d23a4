using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.Tests.Services.VectorStore.Objects;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Collecting;

/// <summary>
/// Writers who rely on what a collection is about to delete. Either of the two stops before one of its operations on the objects (every
/// one in turn) and lets the other one act; whatever the writer was told is done must be there in the end, and nothing may
/// refer to what is gone.
/// </summary>
public sealed partial class CollectionRaceTests
{
    private static readonly ExtractRecipe _recipe = new(Digest.Of([1]), Digest.Of([2]));
    private static readonly byte[] _zeros = new byte[Graft.Artifacts.Delta.ContentCodec.MaxChunkSize];

    private static readonly Dictionary<string, Scenario> _scenarios = new()
    {
        ["content found by FindMissing"] = new(
            store => store.WriteAsync(Bytes("old")),
            async store =>
            {
                if ((await store.Contents.FindMissingAsync([Digest.Of(Bytes("old"))], Token)).Count > 0)
                {
                    await store.WriteAsync(Bytes("old"));
                }

                await store.Names.SetAsync("new", await store.Manifests.PutAsync(StoreProcess.FilesOf(ArtifactKind.Dataset, Bytes("old")), Token), Token);
            }),
        ["content written again"] = new(
            store => store.WriteAsync(Bytes("old")),
            async store => await store.Names.SetAsync("new", await store.PutAsync(ArtifactKind.Dataset, Bytes("old"), Bytes("more")), Token)),
        ["content of a delta and its parent"] = new(
            async store => await store.WriteAsync(Near, DType.BF16, await store.WriteAsync(Whole, DType.BF16)),
            async store =>
            {
                await store.WriteAsync(Near, DType.BF16, Digest.Of(Whole));
                await store.Names.SetAsync("new", await store.Manifests.PutAsync(StoreProcess.FilesOf(ArtifactKind.Dataset, Near), Token), Token);
            }),
        ["parent of a new delta"] = new(
            store => store.WriteAsync(Whole, DType.BF16),
            async store =>
            {
                await store.WriteAsync(Near, DType.BF16, Digest.Of(Whole));
                await store.Names.SetAsync("new", await store.Manifests.PutAsync(StoreProcess.FilesOf(ArtifactKind.Dataset, Near), Token), Token);
            }),
        ["artifact put again"] = new(
            store => store.PutAsync(ArtifactKind.Dataset, Bytes("old")),
            async store => await store.Names.SetAsync("new", await store.PutAsync(ArtifactKind.Dataset, Bytes("old")), Token)),
        ["artifact named"] = new(
            store => store.PutAsync(ArtifactKind.Dataset, Bytes("old"), Bytes("older")),
            async store => await PutIfGoneAsync(store, digest => store.Names.SetAsync("new", digest, Token))),
        ["artifact recorded as a result"] = new(
            store => store.PutAsync(ArtifactKind.Dataset, Bytes("old"), Bytes("older")),
            async store => await PutIfGoneAsync(store, digest => store.Results.PutAsync(_recipe, digest, Token))),
        ["forgotten result recorded again"] = new(
            async store => await store.Results.PutAsync(_recipe, await store.PutAsync(ArtifactKind.Dataset, Bytes("old"), Bytes("older")), Token),
            async store => await PutIfGoneAsync(store, digest => store.Results.PutAsync(_recipe, digest, Token))),
        ["checkpoints of a new vector"] = new(
            async store => await store.PutVectorAsync(await store.PutAsync(ArtifactKind.Checkpoint, Bytes("FT")), await store.PutAsync(ArtifactKind.Checkpoint, Bytes("PT"))),
            async store =>
            {
                var (tuned, pretrained) = (await store.PutAsync(ArtifactKind.Checkpoint, Bytes("FT")), await store.PutAsync(ArtifactKind.Checkpoint, Bytes("PT")));
                await store.Names.SetAsync("new", await store.PutVectorAsync(tuned, pretrained), Token);
            }),
        ["removed name set again"] = new(
            async store =>
            {
                await store.Names.SetAsync("new", await store.PutAsync(ArtifactKind.Dataset, Bytes("old")), Token);
                await store.Names.SetAsync("new", null, Token);
            },
            async store => await store.Names.SetAsync("new", await store.PutAsync(ArtifactKind.Dataset, Bytes("other")), expected: null, Token)),
    };

    public static TheoryData<string> Names => [.. _scenarios.Keys];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static byte[] Whole => StoreHost.Weights(200, 1);

    private static byte[] Near => StoreHost.Weights(200, 2, 1e-4, Whole);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_writer_between_any_two_steps_of_a_collection_loses_nothing(string name)
    {
        for (var step = 0; (await RunAsync(_scenarios[name], collectionStops: step, writerStops: int.MaxValue)).Collection; step++)
        {
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_collection_between_any_two_steps_of_a_writer_deletes_nothing_it_needs(string name)
    {
        for (var step = 0; (await RunAsync(_scenarios[name], collectionStops: -1, writerStops: step)).Writer; step++)
        {
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_collection_that_stops_and_goes_on_between_any_two_steps_of_a_writer_deletes_nothing_it_needs(string name)
    {
        // Every pair would take minutes: steps of the collection are taken in turn, those of the writer at random.
        var random = new Random(name.Length);
        for (var step = 0; ; step++)
        {
            var isReached = false;
            for (var round = 0; round < 4; round++)
            {
                isReached |= (await RunAsync(_scenarios[name], collectionStops: step, writerStops: random.Next(40))).Collection;
            }

            if (!isReached)
            {
                break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_collection_that_looked_before_a_writer_made_something_young_does_not_delete_it_behind_its_back(string name)
    {
        // The writer stops at any step; the collection goes on to one of its deletions; the writer ends; the collection deletes.
        for (var (step, isReached) = (0, true); isReached; step++)
        {
            isReached = false;
            for (var deletion = 0; await RunAsync(_scenarios[name], collectionStops: deletion, writerStops: step, isWriterFirst: true) is var reached; deletion++)
            {
                isReached |= reached.Writer;
                if (!reached.Collection)
                {
                    break;
                }
            }
        }
    }

    [Fact]
    public async Task A_blob_that_another_content_shares_is_not_deleted_under_a_writer()
    {
        var scenario = new Scenario(
            store => store.WriteAsync([.. _zeros, 1]),
            async store => await store.Names.SetAsync("new", await store.PutAsync(ArtifactKind.Dataset, [.. _zeros, 2]), Token));

        var random = new Random(3);
        for (var round = 0; round < 25; round++)
        {
            await RunAsync(scenario, collectionStops: random.Next(60), writerStops: random.Next(2) == 0 ? int.MaxValue : random.Next(30));
            await RunAsync(scenario, collectionStops: -1, writerStops: random.Next(30));
        }
    }

    [Fact]
    public async Task A_collection_that_is_killed_anywhere_leaves_a_whole_store_and_the_next_one_finishes()
    {
        for (var kill = 0; ; kill++)
        {
            var time = NewTime();
            var objects = new InMemoryObjectStore(time);
            using var store = new StoreProcess(objects, time);
            await SeedAllAsync(store, time);
            var last = kill;
            var stepped = new SteppedObjectStore(objects, (step, _) => step >= last ? throw new IOException("killed") : Task.CompletedTask);
            using var dying = new StoreProcess(stepped, time);
            var isKilled = false;
            try
            {
                await dying.CollectAsync(forget: TimeSpan.Zero);
            }
            catch (IOException)
            {
                isKilled = true;
            }

            await AssertWholeAsync(store);
            time.Advance(TimeSpan.FromMinutes(16));
            using var next = new StoreProcess(objects, time);
            await next.CollectAsync(forget: TimeSpan.Zero);
            Assert.Equal(10, (await next.KeysAsync()).Count);
            await AssertWholeAsync(next);
            if (!isKilled)
            {
                return;
            }
        }
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static FakeTimeProvider NewTime() => new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    // A recorded artifact is looked up by digest, as a client does who read it before; it makes the artifact anew when it is told that it is gone.
    private static async Task PutIfGoneAsync(StoreProcess store, Func<Digest, Task> use)
    {
        try
        {
            await use(StoreProcess.DigestOf(StoreProcess.FilesOf(ArtifactKind.Dataset, Bytes("old"), Bytes("older"))));
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Precondition)
        {
            await use(await store.PutAsync(ArtifactKind.Dataset, Bytes("old"), Bytes("older")));
        }
    }

    /// <param name="scenario">What is written, and relied on.</param>
    /// <param name="collectionStops">At which operation, or (with the writer first) at which deletion; -1 for before it begins.</param>
    /// <param name="writerStops">At which operation.</param>
    /// <param name="isWriterFirst">Whether the writer goes to its stop before the collection begins.</param>
    /// <returns>Whether each came to where it should stop.</returns>
    private static async Task<(bool Collection, bool Writer)> RunAsync(
        Scenario scenario, int collectionStops, int writerStops, bool isWriterFirst = false)
    {
        var time = NewTime();
        var objects = new InMemoryObjectStore(time);
        using (var seeding = new StoreProcess(objects, time))
        {
            await scenario.Seed(seeding);
        }

        time.Advance(TimeSpan.FromDays(3));
        var race = new Race(objects, time, scenario, collectionStops, writerStops, isWriterFirst);
        var isReached = isWriterFirst ? await race.RunWriterFirstAsync() : await race.RunAsync();

        using var later = new StoreProcess(objects, time);
        var fault = await Record.ExceptionAsync(async () =>
        {
            await AssertThereAsync(later);
            time.Advance(TimeSpan.FromDays(3));
            await later.CollectAsync();
            await AssertThereAsync(later);
        });
        Assert.True(fault is null, $"collection stopped at {collectionStops}, writer at {writerStops}: {fault}\n{race.Log}");
        return isReached;
    }

    private static async Task AssertThereAsync(StoreProcess store)
    {
        var named = await store.Names.FindAsync("new", "name", Token);
        var result = (await store.Results.LookUpAsync([RecipeCodec.DigestOf(_recipe)], Token))[0];
        Assert.True((named ?? result) is { } digest && await store.Manifests.ExistsAsync(digest, Token), "what was put is gone");
        await AssertWholeAsync(store);
    }

    // Nothing refers to what is gone, and every content can be read, used or not.
    private static async Task AssertWholeAsync(StoreProcess store)
    {
        Assert.Empty(await store.DamagesAsync());
        foreach (var key in await store.KeysAsync("contents"))
        {
            Assert.NotNull(await store.ReadAsync(Digest.Parse(key["contents/".Length..])));
        }

        foreach (var key in await store.KeysAsync("results", "origins"))
        {
            var artifact = key.StartsWith("results/", StringComparison.Ordinal)
                ? (await store.Results.ReadAsync(Digest.Parse(key["results/".Length..]), Token))!.Artifact
                : Digest.Parse(key["origins/".Length..].Split('.')[0]);
            Assert.True(await store.Manifests.ExistsAsync(artifact, Token), $"{key} leads to what is gone");
        }
    }

    // A name, its artifact, two contents, the parent of one of them and a third young content stay; the rest is garbage of every kind.
    private static async Task SeedAllAsync(StoreProcess store, FakeTimeProvider time)
    {
        foreach (var (name, scenario) in _scenarios.Where(entry => entry.Key != "removed name set again"))
        {
            await scenario.Seed(store);
        }

        await store.Names.SetAsync("removed", await store.PutAsync(ArtifactKind.Dataset, Bytes("removed")), Token);
        await store.Names.SetAsync("removed", null, Token);
        time.Advance(TimeSpan.FromDays(3));
        await store.Names.SetAsync("keep", await store.PutAsync(ArtifactKind.Dataset, Bytes("keep"), Near), Token);
        await store.WriteAsync(Bytes("third"));
    }

    private sealed record Scenario(Func<StoreProcess, Task> Seed, Func<StoreProcess, Task> Write);
}
