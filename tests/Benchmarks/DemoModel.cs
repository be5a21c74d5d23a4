using System.Text;
using Graft.Modeling.Configuration;
using Graft.Modeling.Native;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Tests.Benchmarks;

/// <summary>A model of the demo's shape with random weights.</summary>
internal static class DemoModel
{
    public const int Vocabulary = 268;

    public static ModelConfig Config { get; } = ModelConfig.Parse(Encoding.UTF8.GetBytes(
        """
        {"model_type": "olmo2", "vocab_size": 268, "hidden_size": 64, "intermediate_size": 176, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 256, "rope_theta": 10000.0,
         "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "eos_token_id": 1}
        """));

    /// <summary>20.4 million parameters: what a laptop can pretrain overnight.</summary>
    public static ModelConfig Medium { get; } = ModelConfig.Parse(Encoding.UTF8.GetBytes(
        """
        {"model_type": "olmo2", "vocab_size": 8192, "hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 8,
         "num_attention_heads": 6, "num_key_value_heads": 6, "max_position_embeddings": 256, "rope_theta": 10000.0,
         "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "eos_token_id": 1}
        """));

    public static FlatParameters Create() => Create(Config);

    public static FlatParameters Create(ModelConfig config)
    {
        TorchRuntime.Load();
        set_num_threads(1);
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var parameters = new FlatParameters(config, float32, CPU);
        parameters.Master.fill_(1);
        var generator = new Generator(0, CPU);
        parameters.Master.narrow(0, 0, parameters.Matrices).copy_(randn(parameters.Matrices, generator: generator) * (1 / Math.Sqrt(config.HiddenSize)));
        return parameters;
    }
}
