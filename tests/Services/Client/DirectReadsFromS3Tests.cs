using Graft.Artifacts;
using Graft.Client;
using Graft.Tests.Network;
using Graft.Tests.Services.VectorStore;
using Graft.Tests.Services.VectorStore.Objects.S3;
using Graft.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Client;

/// <summary>The same against the store itself with its objects on a real S3 server.</summary>
public sealed class DirectReadsFromS3Tests(S3Fixture s3) : IDisposable
{
    private const int MiB = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whole_contents_ranges_and_pieces_come_from_the_objects()
    {
        await using var host = await StartAsync();
        await using var proxy = new CuttingProxy(host.Address, cutsUpload: false);
        using var client = NewClient(proxy.Address);
        var parent = StoreHost.Weights(9 * MiB / 2, 1);
        var child = StoreHost.Weights(9 * MiB / 2, 2, 1e-4, parent);
        var above = await client.Store.WriteTensorAsync("w", DType.BF16, [9 * MiB / 2], parent, null, Token);
        var below = await client.Store.WriteTensorAsync("w", DType.BF16, [9 * MiB / 2], child, above.Sha256, Token);
        var passed = proxy.Passed;

        Assert.Equal(parent, await client.Store.ReadAsync(above.Sha256, above.Size, Token));
        Assert.Equal(child, await client.Store.ReadAsync(below.Sha256, below.Size, Token));
        var range = new byte[3 * MiB];
        await client.Store.ReadAsync(below.Sha256, 2 * MiB, range, Token);
        Assert.Equal(child[(2 * MiB)..(5 * MiB)], range);
        using var pieces = new MemoryStream();
        await foreach (var piece in client.Store.ReadPiecesAsync(below.Sha256, below.Size, Token))
        {
            pieces.Write(piece.Span);
        }

        Assert.Equal(child, pieces.ToArray());
        // Addresses, and no weights, came through the service; the last piece is too small for the direct way.
        Assert.InRange(proxy.Passed - passed, 1000, MiB + (256 << 10));
    }

    [Fact]
    public async Task A_checkpoint_is_exported_past_the_service()
    {
        var source = SharedData.Require("trajectory/M1");
        var tuned = SharedData.Require("trajectory/M1-FT");
        await using var host = await StartAsync();
        using var client = NewClient(host.Address);
        var parent = await CheckpointFolder.ImportAsync(client.Store, source, null, null, Token);
        var manifest = await CheckpointFolder.ImportAsync(client.Store, tuned, parent, null, Token);

        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token);

        Assert.Equal(
            File.ReadAllBytes(Path.Combine(tuned, "model.safetensors")), File.ReadAllBytes(_folder.File("out/model.safetensors")));
    }

    public void Dispose() => _folder.Dispose();

    private static GraftClient NewClient(Uri address) =>
        new(new ClientOptions { Server = address, CacheBytes = 0 }, TimeProvider.System);

    private async Task<TestHost> StartAsync()
    {
        var place = await s3.PlaceAsync();
        return await TestHost.StartAsync(
            builder => builder.AddVectorStore(),
            app => app.MapVectorStore(),
            new Dictionary<string, string?>
            {
                ["VectorStore:Folder"] = "",
                ["VectorStore:S3:Endpoint"] = place.Endpoint,
                ["VectorStore:S3:Bucket"] = place.Bucket,
                ["VectorStore:S3:Prefix"] = place.Prefix,
                ["VectorStore:S3:AccessKey"] = place.AccessKey,
                ["VectorStore:S3:SecretKey"] = place.SecretKey,
            });
    }
}
