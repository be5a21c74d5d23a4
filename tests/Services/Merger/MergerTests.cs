using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.Merger.MergerHost;

namespace Graft.Tests.Services.Merger;

public sealed class MergerTests
{
    private const string Embedding = "model.embed_tokens.weight";

    [Fact]
    public async Task A_vector_binds_its_checkpoints_and_tells_its_norms()
    {
        await using var host = await StartAsync();
        var pretrained = await host.PutAsync("PT", ("b", [2], BFloat16(3, 4)), ("a", [2, 1], BFloat16(0, 1)));
        var fineTuned = await host.PutAsync("FT", ("b", [2], BFloat16(3, 4)), ("a", [2, 1], BFloat16(3, 5)));

        var manifest = await host.ManifestAsync(await host.MakeAsync(new ExtractRecipe(fineTuned, pretrained)));

        Assert.Equal(ArtifactKind.DiffVector, manifest.Kind);
        Assert.Equal((fineTuned, pretrained), (manifest.DiffVector!.FineTuned, manifest.DiffVector.Pretrained));
        Assert.Equal([new TensorNorm("a", 5, 1), new TensorNorm("b", 0, 5)], manifest.DiffVector.Norms);
    }

    [Fact]
    public async Task Several_vectors_are_added_with_their_scales()
    {
        await using var host = await StartAsync();
        var start = await host.PutAsync("base", ("w", [3], BFloat16(1, 2, 3)));
        var pretrained = await host.PutAsync("PT", ("w", [3], BFloat16(0, 0, 1)));
        var first = await VectorAsync(host, "FT1", pretrained, ("w", [3], BFloat16(1, 2, 1)));
        var second = await VectorAsync(host, "FT2", pretrained, ("w", [3], BFloat16(0, 4, 9)));

        var merge = await host.MakeAsync(Merge(start, (first, 1), (second, -0.5)));

        var manifest = await host.ManifestAsync(merge);
        Assert.Equal(BFloat16(2, 2, -1), await host.BytesAsync(Assert.Single(manifest.Tensors)));
    }

    [Fact]
    public async Task A_grown_vocabulary_adds_the_new_rows_of_the_fine_tuned_model()
    {
        await using var host = await StartAsync();
        var start = await host.PutAsync("base", (Embedding, [2, 2], BFloat16(1, 2, 3, 4)));
        var pretrained = await host.PutAsync("PT", (Embedding, [2, 2], BFloat16(1, 1, 1, 1)));
        var vector = await VectorAsync(host, "FT", pretrained, (Embedding, [3, 2], BFloat16(2, 2, 2, 2, 7, 8)));

        var refused = await Assert.ThrowsAsync<FaultException>(() => host.RunAsync(Merge(start, (vector, 1))));
        var merge = await host.ManifestAsync(await host.MakeAsync(
            Merge(start, (vector, 1)) with { ConfigFrom = Provenance.FineTuned, TokenizerFrom = Provenance.FineTuned }));

        var tensor = Assert.Single(merge.Tensors);
        Assert.Equal([3, 2], tensor.Shape);
        Assert.Equal(BFloat16(2, 3, 4, 5, 7, 8), await host.BytesAsync(tensor));
        Assert.Equal((FaultKind.Invalid, "recipe.config_from"), (refused.Kind, refused.Field));
    }

    [Fact]
    public async Task Config_and_tokenizer_come_from_where_the_recipe_says()
    {
        await using var host = await StartAsync();
        var start = await host.PutAsync("base", ("w", [1], BFloat16(1)));
        var vector = await VectorAsync(host, "FT", start, ("w", [1], BFloat16(2)));

        var merge = await host.ManifestAsync(await host.MakeAsync(
            Merge(start, (vector, 1)) with { ConfigFrom = Provenance.Base, TokenizerFrom = Provenance.FineTuned }));

        var tokenizer = merge.File("tokenizer.json")!;
        Assert.Equal("FT", Encoding.UTF8.GetString(await host.Client.Store.ReadAsync(tokenizer.Sha256, tokenizer.Size, default)));
        Assert.Equal((await host.ManifestAsync(start)).File("config.json"), merge.File("config.json"));
    }

    [Fact]
    public async Task A_known_result_is_told_at_once_and_makes_the_same_artifact_again_elsewhere()
    {
        var digests = new List<Digest>();
        for (var i = 0; i < 2; i++)
        {
            await using var host = await StartAsync();
            var start = await host.PutAsync("base", ("w", [1000], RandomBFloat16(1000, 1)));
            var vector = await VectorAsync(host, "FT", start, ("w", [1000], RandomBFloat16(1000, 2)));
            var recipe = Merge(start, (vector, 1));
            digests.Add(await host.MakeAsync(recipe));
            Assert.Equal(digests[i], await host.Client.Store.LookUpResultAsync(recipe, default));

            await using var second = await TestHost.StartAsync(
                builder => Graft.Merger.MergerHosting.AddMerger(builder),
                app => Graft.Merger.MergerHosting.MapMerger(app),
                new Dictionary<string, string?> { ["Client:VectorStore"] = host.Address.ToString() });
            var job = await second.RunAsync(recipe);

            Assert.Equal(digests[i], job.Outputs["result"]);
            Assert.Null(job.Progress);
        }

        Assert.Equal(digests[0], digests[1]);
    }

    [Fact]
    public async Task Tensors_of_many_slices_merge_as_whole_ones()
    {
        const int Elements = 300_001;
        await using var whole = await StartAsync();
        await using var sliced = await StartAsync(new Dictionary<string, string?> { ["Merger:SliceBytes"] = "65536" });
        List<(Digest Vector, Digest Merge)> made = [];
        foreach (var host in new[] { whole, sliced })
        {
            var start = await host.PutAsync("base", ("w", [Elements], RandomBFloat16(Elements, 1)));
            var pretrained = await host.PutAsync("PT", ("w", [Elements], RandomBFloat16(Elements, 2)));
            var vector = await VectorAsync(host, "FT", pretrained, ("w", [Elements], RandomBFloat16(Elements, 3)));
            made.Add((vector, await host.MakeAsync(Merge(start, (vector, 0.7)))));
        }

        Assert.Equal(made[0], made[1]);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_by_name_before_a_job_starts()
    {
        await using var host = await StartAsync();
        var olmo = await host.PutAsync("olmo", ("w", [1], BFloat16(1)), ("q_norm", [1], BFloat16(1)));
        var llama = await host.PutAsync("llama", ("w", [1], BFloat16(1)));
        var vector = await VectorAsync(host, "FT", llama, ("w", [1], BFloat16(2)));

        await AssertRefusedAsync(host, new ExtractRecipe(olmo, llama), "recipe.fine_tuned", "q_norm");
        await AssertRefusedAsync(host, Merge(olmo, (vector, 1)), "recipe.vectors[0].vector", "q_norm");
        await AssertRefusedAsync(host, Merge(llama, (olmo, 1)), "recipe.vectors[0].vector", "not a diff vector");
        await AssertRefusedAsync(host, Merge(vector, (vector, 1)), "recipe.base", "DiffVector");
        await AssertRefusedAsync(host, Merge(llama, (vector, double.NaN)), "recipe.vectors[0].scale", "finite");
        await AssertRefusedAsync(host, Merge(llama), "recipe.vectors", "1 to 16 vectors");
        var unknown = Digest.Of("nothing"u8);
        var fault = await Assert.ThrowsAsync<FaultException>(() => host.RunAsync(new ExtractRecipe(unknown, llama)));
        Assert.Equal(FaultKind.NotFound, fault.Kind);
    }

    private static async Task AssertRefusedAsync(TestHost host, Recipe recipe, string field, string word)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => host.RunAsync(recipe));

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
        Assert.Contains(word, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_weight_fails_the_merge_and_records_nothing()
    {
        const int Elements = 50_000;
        await using var host = await StartAsync(
            new Dictionary<string, string?> { ["Client:CacheBytes"] = "0", ["Merger:SliceBytes"] = "65536" });
        host.Expect(102);
        var start = await host.PutAsync("base", ("w", [Elements], RandomBFloat16(Elements, 1)));
        var vector = await VectorAsync(host, "FT", start, ("w", [Elements], RandomBFloat16(Elements, 2)));
        foreach (var blob in Directory.EnumerateFiles(Path.Combine(host.Folder, "store"), "*", SearchOption.AllDirectories)
            .Where(file => new FileInfo(file).Length > 2000).ToArray())
        {
            var bytes = await File.ReadAllBytesAsync(blob);
            bytes[1000] ^= 1;
            File.SetAttributes(blob, FileAttributes.Normal);
            await File.WriteAllBytesAsync(blob, bytes);
        }

        var job = await host.RunAsync(Merge(start, (vector, 1)));

        Assert.Equal((JobState.Failed, FaultKind.Corrupt), (job.State, job.Error!.Kind));
        Assert.Null(await host.Client.Store.LookUpResultAsync(Merge(start, (vector, 1)), default));
    }

    private static async Task<Digest> VectorAsync(TestHost host, string name, Digest pretrained, params (string, long[], byte[])[] tensors) =>
        await host.MakeAsync(new ExtractRecipe(await host.PutAsync(name, tensors), pretrained));

    private static MergeRecipe Merge(Digest start, params (Digest Vector, double Scale)[] vectors) =>
        new(start, [.. vectors.Select(item => new ScaledVector(item.Vector, item.Scale))], Provenance.Base, Provenance.Base);
}
