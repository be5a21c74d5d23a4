using Graft.Faults;

namespace Graft.Modeling.Configuration;

/// <summary>Turns config.json into a <see cref="ModelConfig"/>; what would change the numbers and is not computed is refused.</summary>
internal static class ConfigReader
{
    public static ModelConfig Read(ReadOnlySpan<byte> json)
    {
        var config = JsonFields.Parse("config.json", json);
        var architecture = Architecture(config);
        RefuseUnsupported(config);
        var rope = Rope(config);
        var heads = config.Count("num_attention_heads");
        var hidden = config.Count("hidden_size");
        return Checked(new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = config.Count("intermediate_size"),
            Layers = config.Count("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = config.Count("num_key_value_heads", heads),
            HeadDim = config.Has("head_dim") ? config.Count("head_dim") : HeadDim(hidden, heads),
            MaxPositions = config.Count("max_position_embeddings", 2048),
            RopeTheta = rope.Theta,
            RopeScaling = rope.Scaling,
            // The defaults of the reference classes, for configs that were written without it.
            RmsNormEpsilon = config.Positive("rms_norm_eps", architecture == ModelArchitecture.Olmo2 ? 1e-5 : 1e-6),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", false),
            EosIds = config.Ids("eos_token_id"),
            BosId = config.Ids("bos_token_id") is [var bos, ..] ? bos : null,
            PadId = config.Ids("pad_token_id") is [var pad, ..] ? pad : null,
        });
    }

    private static ModelArchitecture Architecture(JsonFields config) => config.Text("model_type") switch
    {
        "olmo2" => ModelArchitecture.Olmo2,
        "llama" => ModelArchitecture.Llama,
        null => throw config.Wrong("model_type", "is missing; olmo2 and llama are supported"),
        var other => throw config.Wrong("model_type", $"is '{other}'; olmo2 and llama are supported"),
    };

    private static void RefuseUnsupported(JsonFields config)
    {
        config.Only("hidden_act", "silu");
        config.Only("attention_bias", false);
        config.Only("mlp_bias", false);
        config.Only("attention_dropout", 0);
        config.Only("partial_rotary_factor", 1);
        config.Absent("clip_qkv");
        config.Absent("sliding_window");
        config.Absent("quantization_config");
    }

    /// <summary>Newer files have rope_parameters with everything inside; older ones rope_theta beside an optional rope_scaling.</summary>
    private static (double Theta, Llama3Scaling? Scaling) Rope(JsonFields config)
    {
        const double defaultTheta = 10000;
        var theta = config.Positive("rope_theta", defaultTheta);
        if (config.Child("rope_parameters") is { } parameters)
        {
            parameters.Only("partial_rotary_factor", 1);
            return (parameters.Positive("rope_theta", theta), Scaling(parameters));
        }

        return (theta, config.Child("rope_scaling") is { } scaling ? Scaling(scaling) : null);
    }

    private static Llama3Scaling? Scaling(JsonFields rope)
    {
        var type = rope.Text("rope_type") ?? rope.Text("type") ?? "default";
        if (type == "default")
        {
            return null;
        }

        if (type != "llama3")
        {
            throw rope.Wrong(rope.Has("rope_type") ? "rope_type" : "type", $"is '{type}'; default and llama3 are supported");
        }

        var scaling = new Llama3Scaling(
            rope.Positive("factor"),
            rope.Positive("low_freq_factor"),
            rope.Positive("high_freq_factor"),
            rope.Count("original_max_position_embeddings"));
        return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor
            ? scaling
            : throw rope.Wrong(
                "high_freq_factor", $"is {scaling.HighFrequencyFactor}, which must be above low_freq_factor {scaling.LowFrequencyFactor}");
    }

    private static int HeadDim(int hidden, int heads) => hidden % heads == 0
        ? hidden / heads
        : throw FaultException.Invalid(
            $"config.json: hidden_size {hidden} is no multiple of num_attention_heads {heads}, and head_dim is missing.", "head_dim");

    private static ModelConfig Checked(ModelConfig config)
    {
        if (config.Heads % config.KeyValueHeads != 0)
        {
            throw FaultException.Invalid(
                $"config.json: num_attention_heads {config.Heads} is no multiple of num_key_value_heads {config.KeyValueHeads}.",
                "num_key_value_heads");
        }

        if (config.HeadDim % 2 != 0)
        {
            throw FaultException.Invalid($"config.json: head_dim {config.HeadDim} is odd; rotary embeddings need pairs.", "head_dim");
        }

        return config;
    }
}
