using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Merger.Planning;
using Xunit;
using static Graft.Tests.Unit.Merger.Planning.Sources;

namespace Graft.Tests.Unit.Merger.Planning;

public sealed class MergePlanTests
{
    private static readonly Digest _vector = Digest.Of("vector"u8);

    [Fact]
    public void Tensors_scales_and_shapes_are_planned_in_order()
    {
        var plan = MergePlan.Of(
            Base(), [Vector(FineTuned(), Pretrained(), 1), Vector(FineTuned(), Pretrained(), -0.5)], Provenance.Base, Provenance.Base);

        Assert.Equal([TensorFit.Head, TensorFit.Embedding, "model.norm.weight"], plan.Tensors.Select(tensor => tensor.Start.Name));
        Assert.All(plan.Tensors, tensor => Assert.Equal(2, tensor.Pairs.Count));
        Assert.Equal([1, -0.5], plan.Scales);
        Assert.Equal((Rows * 4 * 2, 8), (plan.Tensors[0].Size, plan.Tensors[2].Size));
    }

    [Theory]
    [InlineData(Provenance.Base, Provenance.Base, "the base", "the base")]
    [InlineData(Provenance.Base, Provenance.FineTuned, "the base", "FT")]
    [InlineData(Provenance.FineTuned, Provenance.Base, "FT", "the base")]
    [InlineData(Provenance.FineTuned, Provenance.FineTuned, "FT", "FT")]
    public void Config_and_tokenizer_come_from_where_the_recipe_says(
        Provenance configFrom, Provenance tokenizerFrom, string config, string tokenizer)
    {
        var plan = MergePlan.Of(Base(), [Vector(FineTuned(), Pretrained())], configFrom, tokenizerFrom);

        Assert.Equal(
            [
                ("chat_template.jinja", tokenizer),
                ("config.json", config),
                ("generation_config.json", config),
                ("tokenizer.json", tokenizer),
                ("tokenizer_config.json", tokenizer),
            ],
            plan.Files.Select(file => (file.Path, new[] { "the base", "FT" }.Single(role => FileOf(role, file.Path) == file.Sha256))));
    }

    [Fact]
    public void A_grown_vocabulary_gives_its_shape_to_the_result()
    {
        var plan = MergePlan.Of(
            Base(), [Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())], Provenance.FineTuned, Provenance.FineTuned);

        Assert.Equal([Rows + 1, 4], plan.Tensors[1].Shape);
        Assert.Equal(Rows, plan.Tensors[1].Start.Shape[0]);
    }

    [Fact]
    public void A_config_that_disagrees_with_the_vocabulary_is_refused() => AssertRefused(
        "recipe.config_from",
        () => MergePlan.Of(Base(), [Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())], Provenance.Base, Provenance.Base),
        "17 rows", "vocab_size 16", "take the config from");

    [Fact]
    public void A_missing_config_is_refused() => AssertRefused(
        "recipe.config_from",
        () => MergePlan.Of(Base(vocabulary: null), [Vector(FineTuned(), Pretrained())], Provenance.Base, Provenance.Base),
        "config.json", "the base");

    [Fact]
    public void A_base_of_another_architecture_is_refused_by_tensor_names() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(
            Base([.. Tensors()[..2], Tensor("model.layers.0.input_layernorm.weight", 4)]),
            [Vector(FineTuned(), Pretrained())],
            Provenance.Base,
            Provenance.Base),
        "model.layers.0.input_layernorm.weight", "model.norm.weight");

    [Fact]
    public void A_base_with_more_rows_than_the_vector_is_refused() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(Base(Tensors(Rows + 1), Rows + 1), [Vector(FineTuned(), Pretrained())], Provenance.Base, Provenance.Base),
        TensorFit.Embedding, "[16, 4]", "[17, 4]");

    [Fact]
    public void Vectors_of_different_vocabularies_are_refused() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(
            Base(),
            [Vector(FineTuned(), Pretrained()), Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())],
            Provenance.Base,
            Provenance.Base),
        "17 rows", "16");

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_scale_that_is_no_number_is_refused(double scale) => AssertRefused(
        "recipe.vectors[1].scale",
        () => MergePlan.CheckRecipe(Recipe(1, scale), maxVectors: 4),
        _vector.Short, "finite");

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Too_few_or_too_many_vectors_are_refused(int vectors) => AssertRefused(
        "recipe.vectors",
        () => MergePlan.CheckRecipe(Recipe([.. Enumerable.Repeat(1.0, vectors)]), maxVectors: 4),
        "1 to 4 vectors", $"not {vectors}");

    [Fact]
    public void A_config_is_read_for_type_and_vocabulary()
    {
        Assert.Equal(new ConfigFacts("olmo2", 2048), ConfigFacts.Parse("""{"model_type":"olmo2","vocab_size":2048}"""u8.ToArray(), _vector));
        Assert.Equal(new ConfigFacts(null, null), ConfigFacts.Parse("""{"model_type":1,"vocab_size":"x"}"""u8.ToArray(), _vector));
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => ConfigFacts.Parse("[]"u8.ToArray(), _vector)).Kind);
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => ConfigFacts.Parse("{"u8.ToArray(), _vector)).Kind);
    }

    private static MergeRecipe Recipe(params double[] scales) =>
        new(_vector, [.. scales.Select(scale => new ScaledVector(_vector, scale))], Provenance.Base, Provenance.Base);

    private static VectorSource Vector(Source fineTuned, Source pretrained, double scale = 1) =>
        new(fineTuned with { Field = "recipe.vectors[0].vector" }, pretrained with { Field = "recipe.vectors[0].vector" }, scale);

    private static void AssertRefused(string field, Action plan, params string[] words)
    {
        var fault = Assert.Throws<FaultException>(plan);

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }
}
