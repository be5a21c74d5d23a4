using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Transformers;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.LowRank;
using Graft.Trainer.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.LowRank;

public class LoraModelTests
{
    private const string Query = "model.layers.0.self_attn.q_proj.weight";

    private static readonly LoraSettings _settings = new(Rank: 3, Alpha: 6, ["*.q_proj.weight", "model.layers.1.mlp.*"], Seed: 5);

    /// <summary>Gradients of A and B by the chain rule from those of W + scale * B A, which autograd takes of an ordinary model.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_are_those_of_the_formula(bool recompute)
    {
        var config = TrainingMath.Olmo2();
        using var scope = NewDisposeScope();
        using var start = TrainingMath.Randomized(config);
        using var model = Create(config, start);
        var batch = TrainingMath.Batch(3, 17, 0.4);
        FillB(model);
        using var merged = TrainingMath.Randomized(config);
        foreach (var (name, update) in Updates(model))
        {
            using var none = no_grad();
            merged.View(merged.Master, name).add_(update.B.mm(update.A), 2);
        }

        using var transformer = model.CreateTransformer(config);
        using var plain = new Transformer(config, merged.Views);
        var loss = new AutogradBackpropagation(transformer, CPU, recompute: recompute).Run(batch, LossReduction.Mean);
        var expected = new AutogradBackpropagation(plain, CPU).Run(batch, LossReduction.Mean);

        Assert.Equal(expected, loss, 1e-5);
        foreach (var (name, update) in Updates(model))
        {
            var gradient = merged.View(merged.Gradient, name);
            AssertClose(gradient.mm(update.A.t()) * 2, update.B.grad!);
            AssertClose(update.B.t().mm(gradient) * 2, update.A.grad!);
        }
    }

    [Fact]
    public void A_new_one_changes_nothing_and_its_checkpoint_is_the_start()
    {
        var config = TrainingMath.Olmo2();
        using var scope = NewDisposeScope();
        using var start = TrainingMath.Randomized(config);
        using var model = Create(config, start);

        Assert.Equal(Raw(start.Read(Query)), model.Bytes(Query, DType.F32, start.Read(Query)));
        Assert.True(model.Changes(Query));
        Assert.False(model.Changes("model.layers.0.mlp.up_proj.weight"));
        Assert.False(model.Changes("model.embed_tokens.weight"));
    }

    [Fact]
    public void A_checkpoint_has_the_update_merged_in_fp64_and_rounded_once()
    {
        var config = TrainingMath.Olmo2();
        using var scope = NewDisposeScope();
        using var start = TrainingMath.Randomized(config);
        using var model = Create(config, start);
        FillB(model);
        var before = start.Read(Query).to(bfloat16);
        var update = Updates(model).Single(pair => pair.Name == Query).Update;

        var bytes = model.Bytes(Query, DType.BF16, before);

        var (a, b, w) = (Doubles(update.A), Doubles(update.B), Doubles(before));
        var (rows, columns) = ((int)before.shape[0], (int)before.shape[1]);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var exact = w[(i * columns) + j] + (2 * Enumerable.Range(0, 3).Sum(k => b[(i * 3) + k] * a[(k * columns) + j]));
                var stored = BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(bytes, 2 * ((i * columns) + j)) << 16);
                Assert.True(Math.Abs(exact - stored) <= Math.Abs(exact) / 256, $"{exact:R} became {stored:R}");
            }
        }
    }

    [Fact]
    public void Only_the_updates_are_trained()
    {
        var config = TrainingMath.Olmo2();
        using var start = TrainingMath.Randomized(config);
        using var model = Create(config, start);

        // q of two layers [40, 40], and gate, up [88, 40] and down [40, 88] of one.
        Assert.Equal((2 * 3 * (40 + 40)) + (3 * 3 * (40 + 88)), model.Parameters.Count);
        Assert.Equal(model.Parameters.Count, model.Parameters.Matrices);
    }

    [Fact]
    public void The_seed_decides_where_it_starts()
    {
        var config = TrainingMath.Olmo2();
        using var start = TrainingMath.Randomized(config);
        using LoraModel one = Create(config, start), same = Create(config, start), other = Create(config, start, _settings with { Seed = 6 });

        Assert.Equal(TrainingMath.Values(one.Parameters.Master), TrainingMath.Values(same.Parameters.Master));
        Assert.NotEqual(TrainingMath.Values(one.Parameters.Master), TrainingMath.Values(other.Parameters.Master));
    }

    [Theory]
    [InlineData("*.norm.weight")]
    [InlineData("lm_head.weight")]
    [InlineData("q_proj")]
    public void A_pattern_that_matches_no_matrix_of_a_layer_is_refused(string pattern)
    {
        var fault = Assert.Throws<FaultException>(() => LoraTargets.Of(TrainingMath.Olmo2(), ["*.q_proj.weight", pattern]));

        Assert.Equal((FaultKind.Invalid, "recipe.lora.targets"), (fault.Kind, fault.Field));
        Assert.Contains($"'{pattern}'", fault.Message);
    }

    private static LoraModel Create(Graft.Modeling.Configuration.ModelConfig config, FlatParameters start, LoraSettings? settings = null)
    {
        var model = LoraModel.Create(config, settings ?? _settings, float32, MasterFormat.Full, CPU);
        foreach (var (name, _) in config.Parameters)
        {
            using var weights = start.Read(name);
            model.Load(name, weights);
        }

        return model;
    }

    private static void FillB(LoraModel model)
    {
        var generator = new Generator(8, CPU);
        foreach (var (name, view) in model.Parameters.Views.Where(pair => pair.Key.EndsWith("_B", StringComparison.Ordinal)))
        {
            using var values = randn(view.shape, generator: generator);
            model.Parameters.Write(name, values);
        }
    }

    private static IEnumerable<(string Name, (Tensor A, Tensor B) Update)> Updates(LoraModel model) =>
        model.Parameters.Views.Keys.Where(name => name.EndsWith(".lora_A", StringComparison.Ordinal)).Select(name => name[..^".lora_A".Length])
            .Select(name => (name, (model.Parameters.Views[$"{name}.lora_A"], model.Parameters.Views[$"{name}.lora_B"])));

    private static double[] Doubles(Tensor tensor) => [.. tensor.detach().to(float64).contiguous().data<double>()];

    private static byte[] Raw(Tensor tensor) => tensor.bytes.ToArray();

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True((expected - actual).norm().item<float>() <= 1e-4 * expected.norm().item<float>());
}
