using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.Tests.Services.VectorStore.Objects;
using Graft.VectorStore.Contents;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Collecting;

/// <summary>What garbage collection keeps and what it deletes.</summary>
public sealed class CollectionTests : IDisposable
{
    private static readonly TimeSpan _days = TimeSpan.FromDays(3);
    private static readonly ExtractRecipe _recipe = new(Digest.Of([1]), Digest.Of([2]));

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InMemoryObjectStore _objects;
    private readonly StoreProcess _store;

    public CollectionTests()
    {
        _objects = new InMemoryObjectStore(_time);
        _store = new StoreProcess(_objects, _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_nothing_leads_to_goes_with_all_it_is_made_of()
    {
        var gone = await _store.PutAsync(ArtifactKind.Dataset, Bytes("a"), Bytes("shared"));
        var named = await _store.PutAsync(ArtifactKind.Dataset, Bytes("b"), Bytes("shared"));
        await _store.Names.SetAsync("b", named, Token);
        _time.Advance(_days);

        var collected = await _store.CollectAsync();

        Assert.Equal(["artifacts 1", "contents 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Null(await _store.Manifests.FindAsync(gone, Token));
        Assert.Null(await _store.Contents.FindAsync(Digest.Of(Bytes("a")), Token));
        Assert.Equal([Digest.Of(Bytes("a"))], await _store.Contents.FindMissingAsync([Digest.Of(Bytes("a")), Digest.Of(Bytes("b"))], Token));
        Assert.Equal(Bytes("shared"), await _store.ReadAsync(Digest.Of(Bytes("shared"))));
        Assert.Empty(await _store.DamagesAsync());
        Assert.Empty(await _store.CollectAsync());
    }

    [Fact]
    public async Task What_is_young_stays_and_so_does_what_it_leads_to()
    {
        await _store.WriteAsync(Bytes("old"));
        _time.Advance(_days);
        await _store.PutAsync(ArtifactKind.Dataset, Bytes("old"), Bytes("new"));

        Assert.Empty(await _store.CollectAsync());
        _time.Advance(TimeSpan.FromHours(23));
        Assert.Empty(await _store.CollectAsync());
        _time.Advance(TimeSpan.FromHours(2));
        var collected = await _store.CollectAsync();

        Assert.Equal(["artifacts 1", "contents 2", "blobs 2"], collected.Select(each => $"{each.Kind} {each.Objects}"));
    }

    [Fact]
    public async Task A_diff_vector_keeps_its_checkpoints_and_a_delta_its_parent()
    {
        var (whole, near) = (StoreHost.Weights(4000, 1), StoreHost.Weights(4000, 2, 1e-4, StoreHost.Weights(4000, 1)));
        var parent = await _store.WriteAsync(whole, DType.BF16);
        var delta = await _store.WriteAsync(near, DType.BF16, parent);
        var pretrained = await _store.PutAsync(ArtifactKind.Checkpoint, Bytes("PT"));
        var tuned = await _store.Manifests.PutAsync(
            new Manifest(ArtifactKind.Checkpoint) { Tensors = [new TensorEntry("w", DType.BF16, [4000], delta)] }, Token);
        await _store.Names.SetAsync("vector", await _store.PutVectorAsync(tuned, pretrained), Token);
        _time.Advance(_days);

        Assert.Empty(await _store.CollectAsync());
        Assert.Equal(near, await _store.ReadAsync(delta));

        await _store.Names.SetAsync("vector", null, Token);
        _time.Advance(_days);
        var collected = await _store.CollectAsync();

        Assert.Equal(["names 1", "artifacts 3", "contents 3", "blobs 3"], collected.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Empty(await _store.KeysAsync());
    }

    [Fact]
    public async Task Results_are_kept_until_they_may_be_forgotten()
    {
        var made = await _store.PutAsync(ArtifactKind.Dataset, Bytes("made"));
        await _store.Results.PutAsync(_recipe, made, Token);
        _time.Advance(TimeSpan.FromDays(20));

        Assert.Empty(await _store.CollectAsync());
        Assert.Empty(await _store.CollectAsync(forget: TimeSpan.FromDays(30)));
        Assert.Equal([made], await _store.Results.LookUpAsync([RecipeCodec.DigestOf(_recipe)], Token));
        var collected = await _store.CollectAsync(forget: TimeSpan.FromDays(10));

        Assert.Equal(["results 1", "origins 1", "artifacts 1", "contents 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Equal([null], await _store.Results.LookUpAsync([RecipeCodec.DigestOf(_recipe)], Token));
    }

    [Fact]
    public async Task A_result_whose_artifact_has_a_name_is_not_forgotten()
    {
        var made = await _store.PutAsync(ArtifactKind.Dataset, Bytes("made"));
        await _store.Results.PutAsync(_recipe, made, Token);
        await _store.Names.SetAsync("keep", made, Token);
        _time.Advance(_days);

        Assert.Empty(await _store.CollectAsync(forget: TimeSpan.Zero));
        Assert.Equal([made], await _store.Results.LookUpAsync([RecipeCodec.DigestOf(_recipe)], Token));
    }

    [Fact]
    public async Task A_result_whose_artifact_is_gone_is_no_result_and_can_be_made_again()
    {
        var made = await _store.PutAsync(ArtifactKind.Dataset, Bytes("made"));
        await _store.Results.PutAsync(_recipe, made, Token);
        await _objects.DeleteAsync($"artifacts/{made}", Token);

        Assert.Equal([null], await _store.Results.LookUpAsync([RecipeCodec.DigestOf(_recipe)], Token));

        Assert.Equal(made, await _store.PutAsync(ArtifactKind.Dataset, Bytes("made")));
        await _store.Results.PutAsync(_recipe, made, Token);
        Assert.Equal([made], await _store.Results.LookUpAsync([RecipeCodec.DigestOf(_recipe)], Token));
    }

    [Fact]
    public async Task A_result_that_leads_nowhere_goes()
    {
        var made = await _store.PutAsync(ArtifactKind.Dataset, Bytes("made"));
        await _store.Results.PutAsync(_recipe, made, Token);
        await _objects.DeleteAsync($"artifacts/{made}", Token);
        _time.Advance(_days);

        var collected = await _store.CollectAsync();

        Assert.Equal(["results 1", "contents 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
    }

    [Fact]
    public async Task What_a_damaged_result_made_is_not_thrown_away()
    {
        var made = await _store.PutAsync(ArtifactKind.Dataset, Bytes("made"));
        await _store.Results.PutAsync(_recipe, made, Token);
        var key = $"results/{RecipeCodec.DigestOf(_recipe)}";
        await _objects.ReplaceAsync(key, Bytes("rubbish"), (await _objects.GetVersionedAsync(key, Token))!.Version, Token);
        _time.Advance(_days);

        Assert.Empty(await _store.CollectAsync(forget: TimeSpan.Zero));
        Assert.Equal(Bytes("made"), await _store.ReadAsync(Digest.Of(Bytes("made"))));
    }

    [Fact]
    public async Task An_upload_in_progress_keeps_what_arrived_and_its_parent()
    {
        var whole = StoreHost.Weights(5_000_000, 1);
        var parent = await _store.WriteAsync(whole, DType.BF16);
        _time.Advance(_days);
        var near = StoreHost.Weights(5_000_000, 2, 1e-4, whole);
        await BreakOffAsync(near, parent);

        Assert.Empty(await _store.CollectAsync());
        Assert.Equal((2 * ContentCodecChunk, false), await _store.Writer.QueryAsync(Digest.Of(near), Token));

        _time.Advance(_days);
        var collected = await _store.CollectAsync();
        Assert.Equal(["uploads 1", "contents 1", "blobs 5"], collected.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Equal((0, false), await _store.Writer.QueryAsync(Digest.Of(near), Token));
    }

    [Fact]
    public async Task A_dry_run_tells_the_same_and_changes_nothing()
    {
        await _store.PutAsync(ArtifactKind.Dataset, Bytes("a"));
        await _store.Names.SetAsync("removed", await _store.PutAsync(ArtifactKind.Dataset, Bytes("b")), Token);
        await _store.Names.SetAsync("removed", null, Token);
        _time.Advance(_days);
        var before = await _store.KeysAsync("names", "artifacts", "contents", "blobs", "gc");

        var told = await _store.CollectAsync(isDryRun: true);

        Assert.Equal(before, await _store.KeysAsync("names", "artifacts", "contents", "blobs", "gc"));
        Assert.Equal(told, await _store.CollectAsync());
        Assert.Equal(["names 1", "artifacts 2", "contents 2", "blobs 2"], told.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Equal(before.Sum(key => key.StartsWith("blobs/", StringComparison.Ordinal) ? 1 : 0), told.Single(each => each.Kind == "blobs").Objects);
        Assert.True(told.Single(each => each.Kind == "artifacts").Bytes > 0);
        Assert.Empty(await _store.KeysAsync("names", "artifacts", "contents", "blobs"));
    }

    [Fact]
    public async Task What_stays_and_cannot_be_read_stops_the_collection_before_it_deletes()
    {
        var named = await _store.PutAsync(ArtifactKind.Dataset, Bytes("named"));
        await _store.Names.SetAsync("named", named, Token);
        await _store.PutAsync(ArtifactKind.Dataset, Bytes("garbage"));
        var version = (await _objects.GetVersionedAsync($"artifacts/{named}", Token))!.Version;
        await _objects.ReplaceAsync($"artifacts/{named}", Bytes("rubbish"), version, Token);
        _time.Advance(_days);
        var before = await _store.KeysAsync();

        var fault = await Assert.ThrowsAsync<FaultException>(() => _store.CollectAsync());

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
        Assert.Contains($"artifacts/{named}", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, await _store.KeysAsync());
    }

    [Fact]
    public async Task One_collection_runs_at_a_time_and_a_dead_one_does_not_stand_in_the_way_for_ever()
    {
        await _store.PutAsync(ArtifactKind.Dataset, Bytes("a"));
        _time.Advance(_days);
        using var dying = new StoreProcess(
            new SteppedObjectStore(_objects, (_, what) => what.StartsWith("delete", StringComparison.Ordinal) ? throw new IOException("killed") : Task.CompletedTask), _time);
        await Assert.ThrowsAsync<IOException>(() => dying.CollectAsync());

        var fault = await Assert.ThrowsAsync<FaultException>(() => _store.CollectAsync());
        _time.Advance(TimeSpan.FromMinutes(16));
        var collected = await _store.CollectAsync();

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Equal(["artifacts 1", "contents 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
    }

    [Theory]
    [InlineData(9, null, "grace")]
    [InlineData(-1, null, "grace")]
    [InlineData(60, -1, "forget_results")]
    public async Task Periods_that_writers_cannot_rely_on_are_refused(int graceMinutes, int? forgetMinutes, string field)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => _store.CollectAsync(
            TimeSpan.FromMinutes(graceMinutes), forgetMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null));

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
    }

    private const long ContentCodecChunk = Graft.Artifacts.Delta.ContentCodec.MaxChunkSize;

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    // Two whole chunks of a delta arrive, and a little more.
    private async Task BreakOffAsync(byte[] bytes, Digest parent)
    {
        var header = new ContentHeader(Digest.Of(bytes), bytes.Length, 0, DType.BF16, parent);
        await Assert.ThrowsAsync<IOException>(() => _store.Writer.WriteAsync(header, Pieces(), Token));

        async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces()
        {
            await Task.CompletedTask;
            yield return bytes.AsMemory(0, (int)((2 * ContentCodecChunk) + 1000));
            throw new IOException("The connection broke.");
        }
    }
}
