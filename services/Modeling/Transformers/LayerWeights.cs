using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>The tensors of one layer. Norms that the architecture does not have are null.</summary>
internal sealed class LayerWeights
{
    public LayerWeights(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, int layer)
    {
        var olmo = config.Architecture == ModelArchitecture.Olmo2;
        Query = Get("self_attn.q_proj");
        Key = Get("self_attn.k_proj");
        Value = Get("self_attn.v_proj");
        Output = Get("self_attn.o_proj");
        Gate = Get("mlp.gate_proj");
        Up = Get("mlp.up_proj");
        Down = Get("mlp.down_proj");
        PostAttentionNorm = Get("post_attention_layernorm");
        QueryNorm = olmo ? Get("self_attn.q_norm") : null;
        KeyNorm = olmo ? Get("self_attn.k_norm") : null;
        PostFeedForwardNorm = olmo ? Get("post_feedforward_layernorm") : null;
        InputNorm = olmo ? null : Get("input_layernorm");

        Tensor Get(string name) => weights[$"model.layers.{layer}.{name}.weight"];
    }

    public Tensor Query { get; }

    public Tensor Key { get; }

    public Tensor Value { get; }

    public Tensor Output { get; }

    public Tensor Gate { get; }

    public Tensor Up { get; }

    public Tensor Down { get; }

    /// <summary>OLMo 2: of the attention's result. Llama: of the feed-forward's input.</summary>
    public Tensor PostAttentionNorm { get; }

    public Tensor? QueryNorm { get; }

    public Tensor? KeyNorm { get; }

    public Tensor? PostFeedForwardNorm { get; }

    public Tensor? InputNorm { get; }
}
