using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

public sealed class VerifyTests
{
    [Fact]
    public async Task A_whole_store_has_no_damage_and_every_byte_is_read()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var whole = Weights(3_000_000, seed: 1);
        var parent = await store.WriteTensorAsync("w", DType.BF16, [3_000_000], whole, null, Token);
        var delta = await store.WriteTensorAsync("w", DType.BF16, [3_000_000], Weights(3_000_000, 2, 1e-4, whole), parent.Sha256, Token);
        var pretrained = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [parent] }, "PT", Token);
        var tuned = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [delta] }, "FT", Token);
        await store.PutArtifactAsync(new Manifest(ArtifactKind.DiffVector) { DiffVector = new DiffVector(tuned, pretrained, []) }, "V", Token);

        var seen = new Seen();
        var all = await host.Client.Housekeeping.VerifyAsync(null, seen, Token);
        var vector = await host.Client.Housekeeping.VerifyAsync("V", new Seen(), Token);

        Assert.Equal((3, 3, 12_000_000, 12_000_000, 0), (all.Artifacts, all.TotalArtifacts, all.Bytes, all.TotalBytes, all.Damages.Count));
        Assert.Equal((3, 12_000_000, 0), (vector.Artifacts, vector.Bytes, vector.Damages.Count));
        Assert.Equal(all.Bytes, seen.Reports[^1].Bytes);
        Assert.Equal(6_000_000, (await host.Client.Housekeeping.VerifyAsync("PT", new Seen(), Token)).Bytes);
    }

    [Fact]
    public async Task Every_damage_is_told_with_the_artifacts_it_spoils()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var whole = Weights(5_000_000, seed: 1);
        var parent = await store.WriteTensorAsync("w", DType.BF16, [5_000_000], whole, null, Token);
        var delta = await store.WriteTensorAsync("w", DType.BF16, [5_000_000], Weights(5_000_000, 2, 1e-4, whole), parent.Sha256, Token);
        var pretrained = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [parent] }, "PT", Token);
        var tuned = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [delta] }, "FT", Token);
        var untouched = await store.PutFilesAsync(("a", "untouched"));
        var unreadable = await store.PutFilesAsync(("a", "unreadable"));
        var blobs = ContentTests.Stored(host, parent.Sha256).Chunks.Select(chunk => $"blobs/{chunk.Sha256}").ToArray();
        var own = $"blobs/{ContentTests.Stored(host, delta.Sha256).Chunks[1].Sha256}";
        Flip(host.ObjectPath(blobs[0]));
        File.Delete(host.ObjectPath(blobs[2]));
        Flip(host.ObjectPath(own));
        Flip(host.ObjectPath($"artifacts/{unreadable}"));

        await using var other = await StartAsync(host.Folder);
        var verified = await other.Client.Housekeeping.VerifyAsync(null, new Seen(), Token);

        var spoiled = string.Join(' ', new[] { $"{pretrained}", $"{tuned}" }.Order(StringComparer.Ordinal));
        Assert.Equal(
            new[] { $"{blobs[0]} {spoiled}", $"{blobs[2]} {spoiled}", $"{own} {tuned}", $"artifacts/{unreadable} {unreadable}" }.Order(StringComparer.Ordinal),
            verified.Damages.Select(damage => $"{damage.Object} {string.Join(' ', damage.Artifacts)}").Order(StringComparer.Ordinal));
        Assert.Equal("is missing", verified.Damages.Single(damage => damage.Object == blobs[2]).Message);
        Assert.StartsWith("does not match its digest", verified.Damages.Single(damage => damage.Object == own).Message, StringComparison.Ordinal);
        Assert.Empty((await other.Client.Housekeeping.VerifyAsync(untouched.ToString(), new Seen(), Token)).Damages);
        Assert.Equal(verified.TotalBytes, verified.Bytes);
    }

    [Fact]
    public async Task Contents_names_and_results_that_are_not_right_are_told()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var gone = await store.WriteFileAsync("gone", new byte[] { 1 }, Token);
        var other = await store.WriteFileAsync("other", new byte[] { 2 }, Token);
        var artifact = await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [gone, other] }, "named", Token);
        File.Delete(host.ObjectPath($"contents/{gone.Sha256}"));
        File.WriteAllBytes(host.ObjectPath($"contents/{other.Sha256}"), [1, 2, 3]);
        var recipe = new Graft.Artifacts.Recipes.ExtractRecipe(artifact, artifact);
        await store.PutResultAsync(recipe, artifact, Token);
        var result = $"results/{Graft.Artifacts.Rpc.RecipeCodec.DigestOf(recipe)}";
        Flip(host.ObjectPath(result));
        File.WriteAllText(host.ObjectPath("names/bad"), "no digest");
        File.WriteAllText(host.ObjectPath("names/dangling"), $"{Digest.Of([9])}");

        var verified = await host.Client.Housekeeping.VerifyAsync(null, new Seen(), Token);

        Assert.Equal(
            new[]
            {
                $"contents/{gone.Sha256} is missing", $"contents/{other.Sha256} cannot be read", "names/bad is no pointer at an artifact",
                $"names/dangling points at the artifact {Digest.Of([9])}, which is missing", $"{result} cannot be read and counts as not made",
            }.Order(StringComparer.Ordinal),
            verified.Damages.Select(damage => $"{damage.Object} {damage.Message}").Order(StringComparer.Ordinal));
        Assert.Equal([artifact], verified.Damages.Single(damage => damage.Object.EndsWith($"{gone.Sha256}", StringComparison.Ordinal)).Artifacts);
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_verified()
    {
        await using var host = await StartAsync();

        await RefusedAsync(FaultKind.NotFound, () => host.Client.Housekeeping.VerifyAsync("no-such-name", new Seen(), Token));
        await RefusedAsync(FaultKind.NotFound, () => host.Client.Housekeeping.VerifyAsync($"{Digest.Of([1])}", new Seen(), Token));
        await RefusedAsync(FaultKind.Invalid, "reference", () => host.Client.Housekeeping.VerifyAsync("no name", new Seen(), Token));
    }

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private sealed class Seen : IProgress<Verified>
    {
        public List<Verified> Reports { get; } = [];

        public void Report(Verified value) => Reports.Add(value);
    }
}
