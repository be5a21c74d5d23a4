using System.Text;
using Graft.Artifacts;
using Graft.Faults;
using Graft.Tests.Services.VectorStore.Objects.S3;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Collecting;

/// <summary>Garbage collection in a bucket of a real S3 server.</summary>
public sealed class CollectionOnS3Tests(S3Fixture s3)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Garbage_in_a_bucket_is_told_and_collected_and_the_rest_stays_whole()
    {
        using var objects = await S3Fixture.StartAsync(await s3.PlaceAsync());
        using var now = new StoreProcess(objects, TimeProvider.System);
        var kept = await now.PutAsync(ArtifactKind.Checkpoint, Encoding.ASCII.GetBytes("PT"), Encoding.ASCII.GetBytes("shared"));
        var tuned = await now.PutAsync(ArtifactKind.Checkpoint, Encoding.ASCII.GetBytes("FT"));
        await now.Names.SetAsync("vector", await now.PutVectorAsync(tuned, kept), Token);
        var gone = await now.PutAsync(ArtifactKind.Dataset, Encoding.ASCII.GetBytes("gone"), Encoding.ASCII.GetBytes("shared"));
        await now.Names.SetAsync("removed", gone, Token);
        await now.Names.SetAsync("removed", null, Token);
        var before = await now.KeysAsync();

        // The objects are as old as the process that collects them is far in the future.
        using var later = new StoreProcess(objects, new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(3)));
        Assert.Empty(await now.CollectAsync());
        var told = await later.CollectAsync(isDryRun: true);
        var collected = await later.CollectAsync();

        Assert.Equal(["names 1", "artifacts 1", "contents 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Equal(told, collected);
        Assert.Equal(before.Count - 4, (await now.KeysAsync()).Count);
        Assert.Empty(await now.DamagesAsync());
        Assert.Equal(gone, await now.PutAsync(ArtifactKind.Dataset, Encoding.ASCII.GetBytes("gone"), Encoding.ASCII.GetBytes("shared")));
        Assert.Empty(await now.DamagesAsync());
    }

    [Fact]
    public async Task Two_collections_at_once_are_refused_in_a_bucket()
    {
        using var objects = await S3Fixture.StartAsync(await s3.PlaceAsync());
        using var first = new StoreProcess(objects, TimeProvider.System);
        await first.PutAsync(ArtifactKind.Dataset, Encoding.ASCII.GetBytes("gone"));
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(3));
        FaultException? refused = null;
        var stepped = new SteppedObjectStore(objects, async (_, what) =>
        {
            if (refused is null && what.StartsWith("delete", StringComparison.Ordinal))
            {
                using var second = new StoreProcess(objects, time);
                refused = await Assert.ThrowsAsync<FaultException>(() => second.CollectAsync());
            }
        });
        using var collecting = new StoreProcess(stepped, time);

        await collecting.CollectAsync();

        Assert.Equal(FaultKind.Precondition, refused?.Kind);
        Assert.Empty(await first.KeysAsync());
    }
}
