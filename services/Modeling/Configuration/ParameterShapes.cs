namespace Graft.Modeling.Configuration;

/// <summary>Names and shapes of a checkpoint's tensors (facts of Hugging Face modeling_olmo2.py and modeling_llama.py).</summary>
internal static class ParameterShapes
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string Head = "lm_head.weight";

    public static IReadOnlyList<(string Name, long[] Shape)> Of(ModelConfig config)
    {
        var (hidden, query) = ((long)config.HiddenSize, (long)config.Heads * config.HeadDim);
        var parameters = new List<(string Name, long[] Shape)>
        {
            (Embedding, [config.VocabularySize, hidden]),
            (FinalNorm, [hidden]),
        };
        if (!config.TieWordEmbeddings)
        {
            parameters.Add((Head, [config.VocabularySize, hidden]));
        }

        for (var layer = 0; layer < config.Layers; layer++)
        {
            parameters.AddRange(OfLayer(config, $"model.layers.{layer}.", hidden, query));
        }

        parameters.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return parameters;
    }

    private static IEnumerable<(string Name, long[] Shape)> OfLayer(ModelConfig config, string prefix, long hidden, long query)
    {
        var keyValue = (long)config.KeyValueHeads * config.HeadDim;
        yield return (prefix + "self_attn.q_proj.weight", [query, hidden]);
        yield return (prefix + "self_attn.k_proj.weight", [keyValue, hidden]);
        yield return (prefix + "self_attn.v_proj.weight", [keyValue, hidden]);
        yield return (prefix + "self_attn.o_proj.weight", [hidden, query]);
        yield return (prefix + "mlp.gate_proj.weight", [config.IntermediateSize, hidden]);
        yield return (prefix + "mlp.up_proj.weight", [config.IntermediateSize, hidden]);
        yield return (prefix + "mlp.down_proj.weight", [hidden, config.IntermediateSize]);
        yield return (prefix + "post_attention_layernorm.weight", [hidden]);
        if (config.Architecture == ModelArchitecture.Olmo2)
        {
            yield return (prefix + "self_attn.q_norm.weight", [query]);
            yield return (prefix + "self_attn.k_norm.weight", [keyValue]);
            yield return (prefix + "post_feedforward_layernorm.weight", [hidden]);
        }
        else
        {
            yield return (prefix + "input_layernorm.weight", [hidden]);
        }
    }
}
