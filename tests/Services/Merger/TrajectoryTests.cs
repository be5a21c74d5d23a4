using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Xunit;

namespace Graft.Tests.Services.Merger;

/// <summary>Checkpoints made with PyTorch, through the real services: the 20 merges have the bytes PyTorch gave them.</summary>
public sealed class TrajectoryTests
{
    private static readonly string[] _names = ["M1", "M2", "M3", "M4", "M5"];

    [Fact]
    public async Task All_merges_of_the_reference_trajectory_are_reproduced()
    {
        var folder = SharedData.Require("trajectory");
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "expected.json")));
        await using var host = await MergerHost.StartAsync();
        var vectors = new Dictionary<string, Digest>();
        var bases = new Dictionary<string, Digest>();
        foreach (var name in _names)
        {
            bases[name] = await ImportAsync(host, Path.Combine(folder, name), parent: null);
            var fineTuned = await ImportAsync(host, Path.Combine(folder, $"{name}-FT"), await host.ManifestAsync(bases[name]));
            vectors[name] = await host.MakeAsync(new ExtractRecipe(fineTuned, bases[name]));
            Assert.Equal(Sha256(expected, "models", name), await host.WeightsDigestAsync(bases[name]));
        }

        foreach (var start in _names)
        {
            foreach (var source in _names.Where(name => name != start))
            {
                var merge = await host.MakeAsync(new MergeRecipe(
                    bases[start], [new ScaledVector(vectors[source], 1)], Provenance.FineTuned, Provenance.FineTuned));

                var key = $"{start}+vec({source}-FT - {source})";
                Assert.Equal((key, Sha256(expected, "merges", key)), (key, await host.WeightsDigestAsync(merge)));
            }
        }

        await AssertVectorAsync(host, vectors["M1"]);
    }

    // The README of the trajectory tells the relative size of the update: 0.087 for M1.
    private static async Task AssertVectorAsync(TestHost host, Digest digest)
    {
        var vector = (await host.ManifestAsync(digest)).DiffVector!;
        var relative = Math.Sqrt(vector.Norms.Sum(norm => norm.Vector * norm.Vector) / vector.Norms.Sum(norm => norm.Base * norm.Base));

        Assert.Equal(47, vector.Norms.Count);
        Assert.Equal(0.087, relative, 3);
    }

    private static async Task<Digest> ImportAsync(TestHost host, string folder, Manifest? parent)
    {
        var token = TestContext.Current.CancellationToken;
        var manifest = await CheckpointFolder.ImportAsync(host.Client.Store, folder, parent, progress: null, token);
        return await host.Client.Store.PutArtifactAsync(manifest, Path.GetFileName(folder), token);
    }

    private static string? Sha256(JsonDocument expected, string part, string key) =>
        expected.RootElement.GetProperty(part).GetProperty(key).GetProperty("sha256").GetString();
}
