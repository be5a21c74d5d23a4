using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Merger.Planning;
using Xunit;
using static Graft.Tests.Unit.Merger.Planning.Sources;

namespace Graft.Tests.Unit.Merger.Planning;

public sealed class MergePlanTests
{
    [Fact]
    public void Tensors_scales_and_shapes_are_planned_in_order()
    {
        var plan = MergePlan.Of(
            Base(), [Vector(FineTuned(), Pretrained(), 1), Vector(FineTuned(), Pretrained(), -0.5)], Settings());

        Assert.Equal([TensorFit.Head, TensorFit.Embedding, "model.norm.weight"], plan.Tensors.Select(tensor => tensor.Start.Name));
        Assert.All(plan.Tensors, tensor => Assert.Equal([1, -0.5], tensor.Terms.Select(term => term.Scale)));
        Assert.All(plan.Tensors, tensor => Assert.Equal(5, tensor.Reads.Count));
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
        var plan = MergePlan.Of(Base(), [Vector(FineTuned(), Pretrained())], Settings(configFrom, tokenizerFrom));

        Assert.Equal(
            [
                ("chat_template.jinja", tokenizer),
                ("config.json", config),
                ("generation_config.json", config),
                ("tokenizer.json", tokenizer),
                ("tokenizer_config.json", tokenizer),
            ],
            plan.Files.Select(file => (file.Entry.Path, new[] { "the base", "FT" }.Single(role => FileOf(role, file.Entry.Path) == file.Entry.Sha256))));
    }

    [Fact]
    public void A_grown_vocabulary_gives_its_shape_to_the_result()
    {
        var plan = MergePlan.Of(
            Base(), [Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())], Settings(Provenance.FineTuned, Provenance.FineTuned));

        Assert.Equal([Rows + 1, 4], plan.Tensors[1].Shape);
        Assert.Equal(Rows, plan.Tensors[1].Start.Shape[0]);
    }

    [Fact]
    public void A_config_that_disagrees_with_the_vocabulary_is_refused() => AssertRefused(
        "recipe.config_from",
        () => MergePlan.Of(Base(), [Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())], Settings()),
        "17 rows", "vocab_size 16", "take the config from");

    [Fact]
    public void A_missing_config_is_refused() => AssertRefused(
        "recipe.config_from",
        () => MergePlan.Of(Base(vocabulary: null), [Vector(FineTuned(), Pretrained())], Settings()),
        "config.json", "the base");

    [Fact]
    public void A_base_of_another_architecture_is_refused_by_tensor_names() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(
            Base([.. Tensors()[..2], Tensor("model.layers.0.input_layernorm.weight", 4)]),
            [Vector(FineTuned(), Pretrained())],
            Settings()),
        "model.layers.0.input_layernorm.weight", "model.norm.weight");

    [Fact]
    public void A_base_with_more_rows_than_the_vector_is_refused() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(Base(Tensors(Rows + 1), Rows + 1), [Vector(FineTuned(), Pretrained())], Settings()),
        TensorFit.Embedding, "[16, 4]", "[17, 4]");

    [Fact]
    public void Vectors_of_different_vocabularies_are_refused() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(
            Base(),
            [Vector(FineTuned(), Pretrained()), Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())],
            Settings()),
        "17 rows", "16");

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_scale_that_is_no_number_is_refused(double scale) => AssertRefused(
        "recipe.vectors[1].scale",
        () => Check(Settings(), 1, scale),
        "vector 2", "finite");

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Too_few_or_too_many_vectors_are_refused(int vectors) => AssertRefused(
        "recipe.vectors",
        () => Check(Settings(), [.. Enumerable.Repeat(1.0, vectors)]),
        "1 to 4 vectors", $"not {vectors}");

    [Fact]
    public void A_config_is_read_for_type_and_vocabulary()
    {
        Assert.Equal(new ConfigFacts("olmo2", 2048), ConfigFacts.Parse("""{"model_type":"olmo2","vocab_size":2048}"""u8.ToArray(), "M"));
        Assert.Equal(new ConfigFacts(null, null), ConfigFacts.Parse("""{"model_type":1,"vocab_size":"x","tie_word_embeddings":0}"""u8.ToArray(), "M"));
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => ConfigFacts.Parse("[]"u8.ToArray(), "M")).Kind);
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => ConfigFacts.Parse("{"u8.ToArray(), "M")).Kind);
    }

    public static TheoryData<string, object> Mistakes() => new()
    {
        { "recipe.ties.density", Settings() with { Method = new MergeMethod.Ties(0, 1) } },
        { "recipe.ties.density", Settings() with { Method = new MergeMethod.Ties(double.NaN, 1) } },
        { "recipe.ties.density", Settings() with { Method = new MergeMethod.Ties(1.01, 1) } },
        { "recipe.ties.lambda", Settings() with { Method = new MergeMethod.Ties(1, double.NaN) } },
        { "recipe.dare.drop", Settings() with { Method = new MergeMethod.Dare(1, 0) } },
        { "recipe.dare.drop", Settings() with { Method = new MergeMethod.Dare(-0.1, 0) } },
        { "recipe.vectors", Settings() with { Method = new MergeMethod.Interpolation() } },
        { "recipe.tensor_scales[0]", Settings() with { TensorScales = [new TensorScale("*", double.PositiveInfinity)] } },
        { "recipe.tensor_scales[1]", Settings() with { TensorScales = [new TensorScale("*", 1), new TensorScale("", 1)] } },
        { "recipe.dtype", Settings() with { DType = DType.I64 } },
        { "recipe.cast_inputs", Settings() with { CastInputs = true } },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Settings_that_mean_nothing_are_refused_by_field(string field, object settings) =>
        AssertRefused(field, () => Check((MergeSettings)settings, 1, 1));

    [Fact]
    public void Everything_wrong_is_told_at_once()
    {
        var problems = new Problems();

        MergePlan.Examine(
            Base([Tensor("model.norm.weight", 5), Tensor("extra", 1)], vocabulary: null),
            [Vector(FineTuned(), Pretrained([.. Tensors()[..2], Tensor("model.norm.weight", 4) with { DType = DType.I8 }], type: "llama"))],
            Settings() with { TensorScales = [new TensorScale("*.mlp.*", 0)] },
            problems);

        string[] words =
        [
            "extra of the base", "missing in the base", "lm_head.weight", "[4] in FT", "[5] in the base", "BF16 in FT", "I8 in PT",
            "model type is olmo2", "'*.mlp.*'", "no config.json",
        ];
        Assert.All(words, word => Assert.Contains(problems.All, problem => problem.Text.Contains(word, StringComparison.Ordinal)));
    }

    [Fact]
    public void Factors_of_tensors_multiply_scales_and_what_has_none_is_copied()
    {
        var plan = MergePlan.Of(Base(), [Vector(FineTuned(), Pretrained(), 2)], Settings() with
        {
            TensorScales = [new TensorScale("model.norm.*", 0), new TensorScale("model.*", 0.25)],
        });

        Assert.Equal([2.0], plan.Tensors[0].Terms.Select(term => term.Scale));
        Assert.Equal([0.5], plan.Tensors[1].Terms.Select(term => term.Scale));
        Assert.True(plan.Tensors[2].IsCopy);
        Assert.Equal(2 * 3 * Rows * 4 * 2, plan.ReadBytes);
    }

    [Fact]
    public void A_grown_embedding_cannot_be_left_out() => AssertRefused(
        "recipe.tensor_scales",
        () => MergePlan.Of(
            Base(),
            [Vector(FineTuned(Tensors(Rows + 1), Rows + 1), Pretrained())],
            Settings(Provenance.FineTuned, Provenance.FineTuned) with { TensorScales = [new TensorScale("*embed*", 0)] }),
        TensorFit.Embedding, "zero");

    [Fact]
    public void The_result_has_the_element_types_of_the_base_or_the_one_asked_for()
    {
        var start = Base([.. Tensors().Select(tensor => tensor with { DType = DType.F32 })]);
        VectorSource[] vectors = [Vector(FineTuned(), Pretrained())];

        Assert.All(MergePlan.Of(start, vectors, Settings()).Tensors, tensor => Assert.Equal(DType.F32, tensor.DType));
        Assert.All(
            MergePlan.Of(start, vectors, Settings() with { DType = DType.F16 }).Tensors, tensor => Assert.Equal(DType.F16, tensor.DType));
    }

    [Fact]
    public void Whole_numbers_are_copied()
    {
        TensorEntry[] tensors = [Tensor("counts", 3) with { DType = DType.I64 }, Tensor("w", 3)];

        var plan = MergePlan.Of(
            Base(tensors), [Vector(FineTuned(tensors), Pretrained(tensors))], Settings() with { DType = DType.F32 });

        Assert.Equal((DType.I64, true), (plan.Tensors[0].DType, plan.Tensors[0].IsCopy));
        Assert.Equal((DType.F32, false), (plan.Tensors[1].DType, plan.Tensors[1].IsCopy));
    }

    [Fact]
    public void The_ends_of_an_interpolation_are_the_two_checkpoints_and_nothing_is_computed()
    {
        var start = Base([.. Tensors().Select(tensor => tensor with { Sha256 = Digest.Of("base"u8) })]);
        MergePlan At(double at) => MergePlan.Of(
            start, [Vector(FineTuned(), start, at)], Settings() with { Method = new MergeMethod.Interpolation() });

        Assert.All(At(0).Tensors, tensor => Assert.Equal((true, Digest.Of("base"u8)), (tensor.IsCopy, tensor.Start.Sha256)));
        Assert.All(At(1).Tensors, tensor => Assert.Equal((true, Digest.Of("content"u8)), (tensor.IsCopy, tensor.Start.Sha256)));
        Assert.All(At(0.5).Tensors, tensor => Assert.Equal((false, 2), (tensor.IsCopy, tensor.Reads.Count)));
    }

    [Fact]
    public void An_interpolation_begins_at_the_base() => AssertRefused(
        "recipe.vectors[0].vector",
        () => MergePlan.Of(Base(), [Vector(FineTuned(), Pretrained())], Settings() with { Method = new MergeMethod.Interpolation() }),
        "begins at PT");

    [Fact]
    public void A_config_that_says_the_head_is_not_tied_needs_a_head()
    {
        var tensors = Tensors()[1..];

        AssertRefused(
            "recipe.config_from",
            () => MergePlan.Of(
                Base(tensors) with { Config = new ConfigFacts("olmo2", Rows, TiesHead: false) },
                [Vector(FineTuned(tensors), Pretrained(tensors))],
                Settings()),
            TensorFit.Head, "not tied");
    }

    [Theory]
    [InlineData("model.layers.*.mlp.*", "model.layers.10.mlp.up_proj.weight", true)]
    [InlineData("model.layers.*.mlp.*", "model.layers.10.self_attn.q_proj.weight", false)]
    [InlineData("*", "", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("*norm*", "model.norm.weight", true)]
    [InlineData("norm", "model.norm.weight", false)]
    [InlineData("w[0]", "w[0]", true)]
    public void A_star_stands_for_any_characters(string pattern, string name, bool matches) =>
        Assert.Equal(matches, TensorPattern.Matches(pattern, name));

    private static MergeSettings Settings(Provenance config = Provenance.Base, Provenance tokenizer = Provenance.Base) =>
        new(new MergeMethod.Linear(), [], null, CastInputs: false, config, tokenizer);

    private static void Check(MergeSettings settings, params double[] scales)
    {
        var problems = new Problems();
        settings.Check(scales, maxVectors: 4, problems);
        problems.ThrowIfAny();
    }

    private static VectorSource Vector(Source fineTuned, Source pretrained, double scale = 1) =>
        new(fineTuned with { Field = "recipe.vectors[0].vector" }, pretrained with { Field = "recipe.vectors[0].vector" }, scale);

    private static void AssertRefused(string field, Action plan, params string[] words)
    {
        var fault = Assert.Throws<FaultException>(plan);

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }
}
