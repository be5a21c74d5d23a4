using Graft.Faults;
using Graft.Modeling.Transformers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Modeling.Transformers;

public sealed class TransformerTests
{
    public static TheoryData<string> Models => ["olmo2", "llama"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Hidden_states_have_the_shape_and_type_of_the_model(string name)
    {
        using var random = new RandomModel(RandomModel.Config(name), dtype: ScalarType.BFloat16);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        var hidden = random.Model.Forward(Ids(2, 5));
        var logits = random.Model.Logits(hidden);

        Assert.Equal([2L, 5, 32], hidden.shape);
        Assert.Equal([2L, 5, 97], logits.shape);
        Assert.Equal(ScalarType.BFloat16, logits.dtype);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_token_does_not_see_what_comes_after_it(string name)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = Ids(1, 9);

        var whole = random.Model.Forward(ids)[.., ..4];
        var part = random.Model.Forward(ids[.., ..4]);

        Assert.InRange(Distance(whole, part), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_text_in_parts_through_the_cache_is_the_text_at_once(string name)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = Ids(3, 12);
        var keep = ones(3, 12, dtype: ScalarType.Bool);
        keep[1, ..4] = tensor(false);
        using var plain = new KeyValueCache(RandomModel.Config(name), 3, 12, ScalarType.Float32, CPU);
        using var padded = new KeyValueCache(RandomModel.Config(name), 3, 12, ScalarType.Float32, CPU);

        var parts = cat([.. Parts().Select(part => random.Model.Forward(ids[.., part], plain))], 1);
        var paddedParts = cat([.. Parts().Select(part => random.Model.Forward(ids[.., part], padded, keep[.., ..part.End]))], 1);

        Assert.InRange(Distance(random.Model.Forward(ids), parts), 0, 1e-5);
        Assert.InRange(Distance(random.Model.Forward(ids, keep: keep)[keep], paddedParts[keep]), 0, 1e-5);
        Assert.Equal(12, plain.Length);

        static Range[] Parts() => [0..6, 6..7, 7..11, 11..12];
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Padding_on_the_left_changes_nothing(string name)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = Ids(1, 7);
        var keep = cat([zeros(1, 5, dtype: ScalarType.Bool), ones(1, 7, dtype: ScalarType.Bool)], 1);

        var padded = random.Model.Forward(cat([zeros(1, 5, dtype: ScalarType.Int64), ids], 1), keep: keep)[.., 5..];

        Assert.InRange(Distance(random.Model.Forward(ids), padded), 0, 1e-5);
    }

    [Fact]
    public void A_cache_that_is_full_refuses_more()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var cache = new KeyValueCache(RandomModel.Olmo, 1, 4, ScalarType.Float32, CPU);
        random.Model.Forward(Ids(1, 4), cache);

        Assert.Throws<InvalidOperationException>(() => random.Model.Forward(Ids(1, 1), cache));
    }

    [Fact]
    public void A_cache_refuses_to_lose_gradients()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(RandomModel.Olmo, 1, 4, ScalarType.Float32, CPU);
        random.Weights["model.embed_tokens.weight"].requires_grad_(true);

        Assert.Throws<InvalidOperationException>(() => random.Model.Forward(Ids(1, 4), cache));
    }

    [Fact]
    public void A_mask_of_another_length_is_refused()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        using var scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => random.Model.Forward(Ids(1, 4), keep: ones(1, 5, dtype: ScalarType.Bool)));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void No_tensor_is_left_behind(ScalarType dtype)
    {
        using var random = new RandomModel(RandomModel.GroupedLlama, dtype: dtype);
        using var ids = Ids(2, 6);
        foreach (var weight in random.Weights.Values)
        {
            weight.requires_grad_(true);
        }

        Step(random, ids);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Step(random, ids);
        Step(random, ids);

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Only_the_result_leaves_a_forward_pass()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        using var ids = Ids(2, 6);
        using var noGrad = no_grad();
        random.Model.Forward(ids).Dispose();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        using var hidden = random.Model.Forward(ids);
        using var logits = random.Model.Logits(hidden);

        Assert.Equal(before + 2, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Every_weight_gets_a_gradient()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        using var scope = NewDisposeScope();
        foreach (var weight in random.Weights.Values)
        {
            weight.requires_grad_(true);
        }

        random.Model.Logits(random.Model.Forward(Ids(2, 6))).square().sum().backward();

        Assert.All(random.Weights, weight => Assert.True(weight.Value.grad?.abs().sum().ToDouble() > 0, weight.Key));
    }

    [Fact]
    public void Weights_that_do_not_fit_the_config_are_refused_by_name()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        using var scope = NewDisposeScope();
        const string name = "model.layers.1.mlp.up_proj.weight";

        Refused(weights => weights.Remove(name), name);
        Refused(weights => weights[name] = zeros(48, 31), "[48, 31]");
        Refused(weights => weights[name] = weights[name].to_type(ScalarType.BFloat16), "BFloat16");
        Refused(weights => weights["model.layers.0.self_attn.q_proj.bias"] = zeros(32), "q_proj.bias");
        Refused(
            weights =>
            {
                foreach (var key in weights.Keys.ToArray())
                {
                    weights[key] = weights[key].to_type(ScalarType.Float64);
                }
            },
            "Float64");

        void Refused(Action<Dictionary<string, Tensor>> change, string named)
        {
            var weights = new Dictionary<string, Tensor>(random.Weights);
            change(weights);
            var fault = Assert.Throws<FaultException>(() => new Transformer(RandomModel.Olmo, weights));
            Assert.Equal(FaultKind.Invalid, fault.Kind);
            Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Tensors_that_the_reference_ignores_are_ignored()
    {
        using var random = new RandomModel(RandomModel.GroupedLlama);
        using var scope = NewDisposeScope();
        var weights = new Dictionary<string, Tensor>(random.Weights)
        {
            ["lm_head.weight"] = zeros(97, 32),
            ["model.layers.0.self_attn.rotary_emb.inv_freq"] = zeros(6),
        };

        using var model = new Transformer(RandomModel.GroupedLlama, weights);

        Assert.Equal([1L, 3, 97], model.Logits(model.Forward(Ids(1, 3))).shape);
    }

    private static void Step(RandomModel random, Tensor ids)
    {
        using var scope = NewDisposeScope();
        random.Model.Logits(random.Model.Forward(ids)).sum().backward();
        foreach (var weight in random.Weights.Values)
        {
            weight.grad = null;
        }
    }

    private static Tensor Ids(int batch, int length) =>
        tensor(Array.ConvertAll(RandomModel.Prompt(batch * length, 3), id => (long)id)).view(batch, length);

    private static double Distance(Tensor a, Tensor b) => a.sub(b).abs().max().ToDouble();
}
