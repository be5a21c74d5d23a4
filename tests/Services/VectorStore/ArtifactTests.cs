using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

public sealed class ArtifactTests
{
    [Fact]
    public async Task An_artifact_is_found_by_digest_and_by_name()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var pretrained = Weights(50_000, seed: 1);
        var parent = await store.WriteTensorAsync("w", DType.BF16, [500, 100], pretrained, null, Token);
        var manifest = new Manifest(ArtifactKind.Checkpoint)
        {
            Tensors = [await store.WriteTensorAsync("w", DType.BF16, [500, 100], Weights(50_000, 2, 1e-4, pretrained), parent.Sha256, Token)],
            Files = [await store.WriteFileAsync("config.json", "{}"u8.ToArray(), Token)],
        };

        var digest = await store.PutArtifactAsync(manifest, "runs/M1-FT", Token);

        Assert.Equal(ManifestCodec.DigestOf(manifest), digest);
        foreach (var reference in new[] { digest.ToString(), "runs/M1-FT" })
        {
            var found = await store.GetArtifactAsync(reference, Token);
            Assert.Equal(digest, found.Digest);
            Assert.Equal(ManifestCodec.Encode(manifest), ManifestCodec.Encode(found.Manifest));
            Assert.Equal(100_002, found.LogicalSize);
            Assert.InRange(found.StoredSize, 10_000, 75_000);
        }
    }

    [Fact]
    public async Task The_same_artifact_may_be_put_again()
    {
        await using var host = await StartAsync();

        var first = await host.Client.Store.PutFilesAsync(("a", "1"));
        var second = await host.Client.Store.PutFilesAsync(("a", "1"));

        Assert.Equal(first, second);
        Assert.Single(Directory.EnumerateFiles(host.ObjectPath("artifacts")));
    }

    [Fact]
    public async Task A_missing_content_is_refused_by_name_and_the_artifact_stays_invisible()
    {
        await using var host = await StartAsync();
        var there = await host.Client.Store.WriteFileAsync("a", "1"u8.ToArray(), Token);
        var missing = new FileEntry("b", 1, Digest.Of([9]));
        var manifest = new Manifest(ArtifactKind.Dataset) { Files = [there, missing] };

        var fault = await RefusedAsync(FaultKind.Precondition, () => host.Client.Store.PutArtifactAsync(manifest, "x", Token));

        Assert.Contains($"{missing.Sha256} of the file b", fault.Message, StringComparison.Ordinal);
        await RefusedAsync(FaultKind.NotFound, () => host.Client.Store.GetArtifactAsync("x", Token));
        await RefusedAsync(FaultKind.NotFound, () => host.Client.Store.GetArtifactAsync($"{ManifestCodec.DigestOf(manifest)}", Token));
    }

    [Fact]
    public async Task A_content_of_another_size_is_refused()
    {
        await using var host = await StartAsync();
        var there = await host.Client.Store.WriteFileAsync("a", "1"u8.ToArray(), Token);
        var manifest = new Manifest(ArtifactKind.Dataset) { Files = [there with { Size = 2 }] };

        await RefusedAsync(FaultKind.Invalid, "artifact", () => host.Client.Store.PutArtifactAsync(manifest, null, Token));
    }

    [Fact]
    public async Task A_diff_vector_needs_both_its_checkpoints()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var pretrained = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint), null, Token);
        var file = await store.WriteFileAsync("a", "1"u8.ToArray(), Token);
        var tuned = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Files = [file] }, null, Token);
        var dataset = await store.PutFilesAsync(("a", "1"));

        await store.PutArtifactAsync(Vector(tuned, pretrained), "vec", Token);

        Assert.Equal(tuned, (await store.GetArtifactAsync("vec", Token)).Manifest.DiffVector!.FineTuned);
        var absent = Digest.Of([1]);
        var fault = await RefusedAsync(
            FaultKind.Precondition, "artifact.diff_vector.fine_tuned", () => store.PutArtifactAsync(Vector(absent, pretrained), null, Token));
        Assert.Contains($"{absent}", fault.Message, StringComparison.Ordinal);
        await RefusedAsync(
            FaultKind.Precondition, "artifact.diff_vector.pretrained", () => store.PutArtifactAsync(Vector(tuned, dataset), null, Token));
    }

    [Fact]
    public async Task A_bad_name_is_refused_before_the_artifact_is_there()
    {
        await using var host = await StartAsync();
        var manifest = new Manifest(ArtifactKind.Dataset);

        await RefusedAsync(FaultKind.Invalid, "name", () => host.Client.Store.PutArtifactAsync(manifest, "a b", Token));

        await RefusedAsync(FaultKind.NotFound, () => host.Client.Store.GetArtifactAsync($"{ManifestCodec.DigestOf(manifest)}", Token));
    }

    [Theory]
    [InlineData("no-such-name", FaultKind.NotFound)]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", FaultKind.NotFound)]
    [InlineData("", FaultKind.Invalid)]
    [InlineData("../secrets", FaultKind.Invalid)]
    public async Task What_is_not_there_is_said_so(string reference, FaultKind expected)
    {
        await using var host = await StartAsync();

        await RefusedAsync(expected, () => host.Client.Store.GetArtifactAsync(reference, Token));
    }

    [Fact]
    public async Task A_damaged_manifest_is_data_loss_until_it_is_put_again()
    {
        await using var first = await StartAsync();
        var digest = await first.Client.Store.PutFilesAsync(("a", "1"));
        File.WriteAllBytes(first.ObjectPath($"artifacts/{digest}"), []);

        await using var second = await StartAsync(first.Folder);
        second.Expect(102);
        var fault = await RefusedAsync(FaultKind.Corrupt, () => second.Client.Store.GetArtifactAsync(digest.ToString(), Token));
        await second.Client.Store.PutFilesAsync(("a", "1"));

        Assert.Contains($"artifacts/{digest}", fault.Message, StringComparison.Ordinal);
        Assert.Equal(digest, (await second.Client.Store.GetArtifactAsync(digest.ToString(), Token)).Digest);
    }

    private static Manifest Vector(Digest tuned, Digest pretrained) =>
        new(ArtifactKind.DiffVector) { DiffVector = new DiffVector(tuned, pretrained, [new TensorNorm("w", 0.5, 2)]) };
}
