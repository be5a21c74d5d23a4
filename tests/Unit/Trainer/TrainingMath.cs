using System.Text;
using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Modeling.Native;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer;

/// <summary>Small models and batches for tests of the training mathematics.</summary>
internal static class TrainingMath
{
    public static ModelConfig Olmo2(int heads = 4, int keyValueHeads = 2, int hidden = 40, int intermediate = 88)
    {
        TorchRuntime.Load();
        set_num_threads(1);
        return ModelConfig.Parse(Encoding.UTF8.GetBytes(
            $$"""
            {"model_type": "olmo2", "vocab_size": 101, "hidden_size": {{hidden}}, "intermediate_size": {{intermediate}}, "num_hidden_layers": 2,
             "num_attention_heads": {{heads}}, "num_key_value_heads": {{keyValueHeads}}, "max_position_embeddings": 64, "rope_theta": 10000.0,
             "rms_norm_eps": 1e-6, "pad_token_id": 3, "tie_word_embeddings": false}
            """));
    }

    public static ModelConfig Llama()
    {
        TorchRuntime.Load();
        set_num_threads(1);
        return ModelConfig.Parse(Encoding.UTF8.GetBytes(
            """
            {"model_type": "llama", "vocab_size": 101, "hidden_size": 40, "intermediate_size": 88, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "rope_theta": 10000.0,
             "rms_norm_eps": 1e-6, "tie_word_embeddings": true}
            """));
    }

    /// <summary>Matrices N(0, 0.2^2), vectors around one.</summary>
    public static FlatParameters Randomized(ModelConfig config, ScalarType? type = null, MasterFormat format = MasterFormat.Full)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var parameters = new FlatParameters(config.Parameters, type ?? float32, format, CPU);
        var generator = new Generator(7, CPU);
        foreach (var (name, shape) in config.Parameters)
        {
            var values = randn(shape, generator: generator);
            parameters.Write(name, shape.Length == 2 ? values * 0.2 : (values * 0.2) + 1);
        }

        parameters.Publish();
        return parameters;
    }

    /// <summary>Random tokens; each target is ignored with the given probability.</summary>
    public static Batch Batch(int rows, int length, double ignored, int vocabulary = 101, int seed = 1)
    {
        var random = new Random(seed);
        var inputs = new long[rows * length];
        var targets = new long[rows * length];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = random.Next(vocabulary);
            targets[i] = random.NextDouble() < ignored ? Graft.Trainer.Data.Batch.Ignored : random.Next(vocabulary);
        }

        return new Batch(rows, length, inputs, targets);
    }

    public static float[] Values(Tensor tensor)
    {
        using var flat = tensor.to(float32).cpu().contiguous();
        return flat.data<float>().ToArray();
    }
}
