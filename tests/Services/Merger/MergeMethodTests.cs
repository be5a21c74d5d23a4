using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.Merger.MergerHost;

namespace Graft.Tests.Services.Merger;

/// <summary>Methods, element types and comparisons through the service; their arithmetic is tested by itself.</summary>
public sealed class MergeMethodTests
{
    [Fact]
    public async Task Vectors_of_bf16_fine_tunes_are_extracted_from_fp32_and_merged_wide()
    {
        await using var host = await StartAsync();
        double[] pretrained = [1.001, -2.002, 3.003];
        var start = await host.PutAsync("base", DType.F32, ("w", [3], Single(0.1, 0.2, 0.3)));
        var before = await host.PutAsync("PT", DType.F32, ("w", [3], Single(pretrained)));
        var after = await host.PutAsync("FT", ("w", [3], BFloat16(1, -2, 4)));
        var vector = await host.MakeAsync(new ExtractRecipe(after, before));

        var merge = Assert.Single((await host.ManifestAsync(await host.MakeAsync(Merge(start, (vector, 2))))).Tensors);
        var narrow = Assert.Single((await host.ManifestAsync(await host.MakeAsync(
            Merge(start, (vector, 2)) with { DType = DType.BF16, CastInputs = true }))).Tensors);

        double[] differences = [.. new double[] { 1, -2, 4 }.Zip(pretrained, (to, from) => to - (float)from)];
        var norms = Assert.Single((await host.ManifestAsync(vector)).DiffVector!.Norms);
        Assert.Equal(Math.Sqrt(differences.Sum(value => value * value)), norms.Vector, 1e-12);
        Assert.Equal(
            Single([.. new[] { 0.1f, 0.2f, 0.3f }.Zip(differences, (from, difference) => from + (2 * difference))]), await host.BytesAsync(merge));
        Assert.Equal((DType.F32, DType.BF16), (merge.DType, narrow.DType));
        // 0.1, 0.2, 0.3 and the pretrained weights in bf16: 0.1001, 0.2002, 0.3008 and 1, -2, 3.
        Assert.Equal(
            BFloat16(0.10009765625, 0.2001953125, 0.30078125 + 2), await host.BytesAsync(narrow));
    }

    [Fact]
    public async Task Large_tensors_take_the_way_through_a_file_and_give_the_same_artifact()
    {
        const int Elements = 300_001;
        List<Digest> made = [];
        foreach (var inMemory in new[] { "1000000", "0" })
        {
            await using var host = await StartAsync(new Dictionary<string, string?>
            {
                ["Merger:InMemoryBytes"] = inMemory,
                ["Merger:SliceBytes"] = "65536",
            });
            var start = await host.PutAsync("base", ("w", [Elements], RandomBFloat16(Elements, 1)), ("v", [3], BFloat16(1, 2, 3)));
            var first = await VectorAsync(host, "FT1", start, 2);
            var second = await VectorAsync(host, "FT2", start, 3);
            foreach (var method in new MergeMethod[] { new MergeMethod.Linear(), new MergeMethod.Ties(0.3, 0.9), new MergeMethod.Dare(0.5, 1) })
            {
                made.Add(await host.MakeAsync(Merge(start, (first, 0.5), (second, 1)) with { Method = method }));
            }
        }

        Assert.Equal(made[..3], made[3..]);
        Assert.Distinct(made[..3]);

        static async Task<Digest> VectorAsync(TestHost host, string name, Digest pretrained, int seed) => await host.MakeAsync(new ExtractRecipe(
            await host.PutAsync(name, ("w", [Elements], RandomBFloat16(Elements, seed)), ("v", [3], BFloat16(3, 2, 1))), pretrained));
    }

    [Fact]
    public async Task The_ends_of_a_way_are_its_checkpoints_and_left_out_tensors_are_those_of_the_base()
    {
        await using var host = await StartAsync();
        var start = await host.PutAsync("A", ("w", [100], RandomBFloat16(100, 1)), ("norm", [2], BFloat16(1, 2)));
        var end = await host.PutAsync("B", ("w", [100], RandomBFloat16(100, 2)), ("norm", [2], BFloat16(3, 4)));
        var way = await host.MakeAsync(new ExtractRecipe(end, start));
        MergeRecipe At(double at) => Merge(start, (way, at)) with { Method = new MergeMethod.Interpolation() };

        var from = await host.ManifestAsync(await host.MakeAsync(At(0)));
        var to = await host.ManifestAsync(await host.MakeAsync(At(1)));
        var middle = await host.ManifestAsync(await host.MakeAsync(At(0.5)));
        var partly = await host.ManifestAsync(await host.MakeAsync(Merge(start, (way, 1)) with { TensorScales = [new TensorScale("norm", 0)] }));

        Assert.Equal(Digests(await host.ManifestAsync(start)), Digests(from));
        Assert.Equal(Digests(await host.ManifestAsync(end)), Digests(to));
        Assert.Equal(BFloat16(2, 3), await host.BytesAsync(middle.Tensors[0]));
        Assert.Equal((Digests(from)["norm"], Digests(to)["w"]), (Digests(partly)["norm"], Digests(partly)["w"]));

        static Dictionary<string, Digest> Digests(Manifest manifest) => manifest.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Sha256);
    }

    [Fact]
    public async Task A_plan_tells_everything_that_does_not_fit_or_what_it_will_cost()
    {
        await using var host = await StartAsync();
        var start = await host.PutAsync("base", ("w", [1000], RandomBFloat16(1000, 1)));
        var other = await host.PutAsync("other", ("w", [999], RandomBFloat16(999, 1)), ("v", [1], BFloat16(1)));
        var vector = await host.MakeAsync(new ExtractRecipe(await host.PutAsync("FT", ("w", [1000], RandomBFloat16(1000, 2))), start));
        var far = await host.MakeAsync(new ExtractRecipe(other, other));

        var refused = await host.Client.Workers.PlanMergeAsync(
            Merge(start, (far, double.NaN), (start, 1)) with { TensorScales = [new TensorScale("x", 1)], DType = DType.I8 }, default);
        var before = await host.Client.Workers.PlanMergeAsync(Merge(start, (vector, 1)), default);
        await host.MakeAsync(Merge(start, (vector, 1)));
        var after = await host.Client.Workers.PlanMergeAsync(Merge(start, (vector, 2)), default);

        string[] words = ["NaN", "I8", "not a diff vector", "[999]", "tensor v", "'x'"];
        Assert.All(words, word => Assert.Contains(refused.Problems, problem => problem.Message.Contains(word, StringComparison.Ordinal)));
        Assert.Contains(refused.Problems, problem => problem.Field == "recipe.vectors[1].vector");
        Assert.Empty(before.Problems);
        Assert.Equal((1, 1000, 6000), (before.Tensors, before.Parameters, before.ReadBytes));
        Assert.InRange(before.WriteBytes, 2000, 2200);
        Assert.InRange(before.MemoryBytes, 1 << 20, 1 << 28);
        Assert.Null(before.Estimate);
        Assert.True(after.Estimate.ToTimeSpan() > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_comparison_tells_norms_angles_and_signs_by_tensor_and_layer()
    {
        await using var host = await StartAsync();
        var start = await PutAsync(host, "PT", [1, 1, 1, 1], [0, 0]);
        var first = await host.MakeAsync(new ExtractRecipe(await PutAsync(host, "FT1", [4, 5, 1, 1], [3, 0]), start));
        var second = await host.MakeAsync(new ExtractRecipe(await PutAsync(host, "FT2", [4, -3, 1, 2], [3, 0]), start));

        var artifact = await host.ManifestAsync(await host.MakeAsync(new CompareRecipe([first, second])));

        Assert.Equal(ArtifactKind.Evaluation, artifact.Kind);
        var file = Assert.Single(artifact.Files);
        using var json = JsonDocument.Parse(await host.Client.Store.ReadAsync(file.Sha256, file.Size, default));
        var root = json.RootElement;
        Assert.Equal(("comparison.json", 1, "diff_vector"), (file.Path, root.GetProperty("schema").GetInt32(), root.GetProperty("kind").GetString()));
        Assert.Equal([first.ToString(), second.ToString()], root.GetProperty("artifacts").EnumerateArray().Select(item => item.GetString()));
        // Layer 0: (3, 4, 0, 0) and (3, -4, 0, 1).
        var layer = root.GetProperty("layers").EnumerateArray().Single(item => item.GetProperty("name").GetString() == "model.layers.0");
        Assert.Equal([5, Math.Sqrt(26)], layer.GetProperty("norms").EnumerateArray().Select(norm => norm.GetDouble()));
        Assert.Equal([0.5, 0.25], layer.GetProperty("zeros").EnumerateArray().Select(zeros => zeros.GetDouble()));
        var pair = layer.GetProperty("pairs")[0];
        Assert.Equal(-7 / (5 * Math.Sqrt(26)), pair.GetProperty("cosine").GetDouble(), 1e-15);
        Assert.Equal(Math.Sqrt(65), pair.GetProperty("distance").GetDouble(), 1e-15);
        Assert.Equal((0.5, 0.5), (pair.GetProperty("sign_agreement").GetDouble(), pair.GetProperty("equal").GetDouble()));
        Assert.Equal(6, root.GetProperty("total").GetProperty("elements").GetInt64());
        Assert.Equal(2, root.GetProperty("tensors").GetArrayLength());

        static Task<Digest> PutAsync(TestHost host, string name, double[] layer, double[] norm) =>
            host.PutAsync(name, ("model.layers.0.w", [4], BFloat16(layer)), ("model.norm.weight", [2], BFloat16(norm)));
    }

    [Fact]
    public async Task What_cannot_be_compared_is_refused()
    {
        await using var host = await StartAsync();
        var start = await host.PutAsync("base", ("w", [2], BFloat16(1, 2)));
        var other = await host.PutAsync("other", ("w", [3], BFloat16(1, 2, 3)), ("v", [1], BFloat16(1)));
        var vector = await host.MakeAsync(new ExtractRecipe(start, start));

        await AssertRefusedAsync(host, "recipe.artifacts", "2 to 16", start);
        await AssertRefusedAsync(host, "recipe.artifacts[1]", "[3]", start, other);
        await AssertRefusedAsync(host, "recipe.artifacts[1]", "v of", start, other);
        await AssertRefusedAsync(host, "recipe.artifacts[1]", "DiffVector", start, vector);
        await AssertRefusedAsync(host, "recipe.artifacts[1]", "not a diff vector", vector, start);
    }

    private static async Task AssertRefusedAsync(TestHost host, string field, string word, params Digest[] artifacts)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => host.RunAsync(new CompareRecipe(artifacts)));

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
        Assert.Contains(word, fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Single(params double[] values) => [.. values.SelectMany(value => BitConverter.GetBytes((float)value))];

    private static MergeRecipe Merge(Digest start, params (Digest Vector, double Scale)[] vectors) =>
        new(start, [.. vectors.Select(item => new ScaledVector(item.Vector, item.Scale))], Provenance.Base, Provenance.Base);
}
