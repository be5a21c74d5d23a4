using System.Text;
using System.Text.Json.Nodes;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Configuration;

public sealed class ModelConfigTests
{
    private const string Olmo = """
        {"model_type": "olmo2", "vocab_size": 100352, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
         "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 4096, "rope_theta": 500000, "rope_scaling": null,
         "rms_norm_eps": 1e-6, "hidden_act": "silu", "attention_bias": false, "tie_word_embeddings": false,
         "eos_token_id": 100257, "pad_token_id": 100277, "bos_token_id": null}
        """;

    private const string Llama = """
        {"model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
         "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
         "tie_word_embeddings": true, "mlp_bias": false, "eos_token_id": [128001, 128008, 128009], "bos_token_id": 128000,
         "rope_theta": 500000.0,
         "rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                          "original_max_position_embeddings": 8192}}
        """;

    [Fact]
    public void Olmo2_of_7B_is_read()
    {
        var config = Parse(Olmo);

        Assert.Equal(ModelArchitecture.Olmo2, config.Architecture);
        Assert.Equal((4096, 11008, 32), (config.HiddenSize, config.IntermediateSize, config.Layers));
        Assert.Equal((32, 32, 128), (config.Heads, config.KeyValueHeads, config.HeadDim));
        Assert.Equal((100352, 4096, 500000, 1e-6), (config.VocabularySize, config.MaxPositions, config.RopeTheta, config.RmsNormEpsilon));
        Assert.Null(config.RopeScaling);
        Assert.Equal([100257], config.EosIds);
        Assert.Null(config.BosId);
        Assert.Equal(100277, config.PadId);
        Assert.Equal(355, config.Parameters.Count);
        Assert.Equal(7_298_617_344, config.Parameters.Sum(parameter => parameter.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    [Fact]
    public void Llama_with_scaled_positions_tied_head_and_several_ends_is_read()
    {
        var config = Parse(Llama);

        Assert.Equal(ModelArchitecture.Llama, config.Architecture);
        Assert.Equal((32, 8, 64), (config.Heads, config.KeyValueHeads, config.HeadDim));
        Assert.True(config.TieWordEmbeddings);
        Assert.Equal(new Llama3Scaling(32, 1, 4, 8192), config.RopeScaling);
        Assert.Equal([128001, 128008, 128009], config.EosIds);
        Assert.DoesNotContain(config.Parameters, parameter => parameter.Name == "lm_head.weight");
        var key = config.Parameters.Single(parameter => parameter.Name == "model.layers.15.self_attn.k_proj.weight");
        Assert.Equal([512L, 2048], key.Shape);
    }

    [Fact]
    public void The_newer_form_of_rope_gives_the_same_config()
    {
        var newer = JsonNode.Parse(Llama)!.AsObject();
        newer.Remove("rope_theta");
        var rope = newer["rope_scaling"]!.DeepClone();
        rope["rope_theta"] = 500000.0;
        newer.Remove("rope_scaling");
        newer["rope_parameters"] = rope;

        var config = Parse(newer.ToJsonString());

        Assert.Equal(Parse(Llama).RopeScaling, config.RopeScaling);
        Assert.Equal(500000, config.RopeTheta);
    }

    [Fact]
    public void Parameters_are_in_ordinal_order()
    {
        var names = Parse(Olmo).Parameters.Select(parameter => parameter.Name).ToArray();

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal("lm_head.weight", names[0]);
    }

    [Fact]
    public void What_the_file_leaves_out_has_the_defaults_of_the_reference()
    {
        var config = Parse(
            """
            {"model_type": "llama", "vocab_size": 8, "hidden_size": 6, "intermediate_size": 8, "num_hidden_layers": 1,
             "num_attention_heads": 3}
            """);

        Assert.Equal((3, 2, 2048), (config.KeyValueHeads, config.HeadDim, config.MaxPositions));
        Assert.Equal((10000, 1e-6, false), (config.RopeTheta, config.RmsNormEpsilon, config.TieWordEmbeddings));
        Assert.Empty(config.EosIds);
    }

    [Theory]
    [InlineData("model_type", "\"gpt2\"", "'gpt2'")]
    [InlineData("model_type", "null", "missing")]
    [InlineData("hidden_act", "\"gelu\"", "gelu")]
    [InlineData("attention_bias", "true", "true")]
    [InlineData("mlp_bias", "true", "true")]
    [InlineData("attention_dropout", "0.1", "0.1")]
    [InlineData("clip_qkv", "8", "8")]
    [InlineData("quantization_config", "{}", "{}")]
    [InlineData("rope_scaling", """{"type": "yarn", "factor": 4}""", "'yarn'")]
    [InlineData("rope_scaling", """{"rope_type": "llama3"}""", "rope_scaling.factor is missing")]
    [InlineData("rope_parameters", """{"rope_type": "linear"}""", "rope_parameters.rope_type is 'linear'")]
    [InlineData("rope_parameters", "3", "3")]
    [InlineData("vocab_size", "null", "missing")]
    [InlineData("hidden_size", "-1", "-1")]
    [InlineData("hidden_size", "4097", "4097")]
    [InlineData("num_hidden_layers", "1.5", "1.5")]
    [InlineData("num_key_value_heads", "5", "5")]
    [InlineData("head_dim", "63", "63")]
    [InlineData("rms_norm_eps", "\"small\"", "small")]
    [InlineData("tie_word_embeddings", "1", "1")]
    [InlineData("eos_token_id", "\"end\"", "end")]
    [InlineData("eos_token_id", "[1, -2]", "-2")]
    public void What_is_not_supported_is_refused_by_name_and_value(string field, string value, string named)
    {
        var config = JsonNode.Parse(Olmo)!.AsObject();
        config[field] = JsonNode.Parse(value);

        var fault = Assert.Throws<FaultException>(() => Parse(config.ToJsonString()));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains(field, fault.Message, StringComparison.Ordinal);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"model_type\": ")]
    [InlineData("{} x")]
    public void What_is_no_JSON_object_is_refused(string json) =>
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => Parse(json)).Kind);

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json));
}
