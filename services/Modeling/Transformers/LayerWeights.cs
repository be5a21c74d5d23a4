using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>The tensors of one layer. Norms that the architecture does not have are null.</summary>
internal sealed class LayerWeights
{
    public LayerWeights(
        ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyDictionary<string, LowRankUpdate>? updates, int layer)
    {
        var olmo = config.Architecture == ModelArchitecture.Olmo2;
        Query = Matrix("self_attn.q_proj");
        Key = Matrix("self_attn.k_proj");
        Value = Matrix("self_attn.v_proj");
        Output = Matrix("self_attn.o_proj");
        Gate = Matrix("mlp.gate_proj");
        Up = Matrix("mlp.up_proj");
        Down = Matrix("mlp.down_proj");
        PostAttentionNorm = Get("post_attention_layernorm");
        QueryNorm = olmo ? Get("self_attn.q_norm") : null;
        KeyNorm = olmo ? Get("self_attn.k_norm") : null;
        PostFeedForwardNorm = olmo ? Get("post_feedforward_layernorm") : null;
        InputNorm = olmo ? null : Get("input_layernorm");

        Tensor Get(string name) => weights[$"model.layers.{layer}.{name}.weight"];
        Projection Matrix(string name) => new(Get(name), updates?.GetValueOrDefault($"model.layers.{layer}.{name}.weight"));
    }

    public Projection Query { get; }

    public Projection Key { get; }

    public Projection Value { get; }

    public Projection Output { get; }

    public Projection Gate { get; }

    public Projection Up { get; }

    public Projection Down { get; }

    /// <summary>OLMo 2: of the attention's result. Llama: of the feed-forward's input.</summary>
    public Tensor PostAttentionNorm { get; }

    public Tensor? QueryNorm { get; }

    public Tensor? KeyNorm { get; }

    public Tensor? PostFeedForwardNorm { get; }

    public Tensor? InputNorm { get; }
}
