using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Modeling.Native;
using Graft.Modeling.Weights;
using Graft.Trainer.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.Optimization;

/// <summary>The memory table of services/Trainer/README.md, counted on the tensors themselves.</summary>
public class StateBytesTests
{
    [Theory]
    [InlineData(false, MasterFormat.Full, MomentFormat.Full, 16.0)]
    [InlineData(true, MasterFormat.Full, MomentFormat.Full, 16.0)]
    [InlineData(true, MasterFormat.Split, MomentFormat.Full, 14.0)]
    [InlineData(true, MasterFormat.Full, MomentFormat.Block8, 10.03125)]
    [InlineData(true, MasterFormat.Split, MomentFormat.Block8, 8.03125)]
    public void Bytes_of_a_parameter(bool isBf16, MasterFormat master, MomentFormat moments, double expected)
    {
        TorchRuntime.Load();
        using var parameters = new FlatParameters(Config().Parameters, isBf16 ? bfloat16 : float32, master, CPU);
        using var optimizer = new AdamW(parameters, new OptimizerSettings(0.9, 0.999, 1e-8, 0, 1), moments);

        // What is computed with is part of the state when the master is split, and the master itself in fp32.
        var copy = isBf16 && master == MasterFormat.Full ? TensorBytes.SizeOf(parameters.Weights.Compute) : 0;
        var bytes = parameters.Weights.State.Concat(optimizer.Moments.State).Sum(entry => TensorBytes.SizeOf(entry.Tensor))
            + copy + TensorBytes.SizeOf(parameters.Gradient);

        Assert.Equal(expected, (double)bytes / parameters.Count, 0.01);
        Assert.Equal(expected, StateBytes.PerParameter(isBf16 ? DType.BF16 : DType.F32, MemorySettings.Default with { Master = master, Moments = moments }));
    }

    /// <summary>What the table makes of it: OLMo 2 7B has 7,298,617,344 parameters, and its state in the smallest format is 54.6 GiB.</summary>
    [Fact]
    public void The_largest_model_fits_one_gpu_of_80_gigabytes()
    {
        var config = Parse("""
            {"model_type": "olmo2", "vocab_size": 100352, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
             "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 4096, "rope_theta": 500000.0,
             "rms_norm_eps": 1e-6, "tie_word_embeddings": false}
            """);
        var parameters = config.Parameters.Sum(parameter => parameter.Shape.Aggregate(1L, (product, extent) => product * extent));
        var state = parameters * StateBytes.PerParameter(DType.BF16, new MemorySettings(MasterFormat.Split, MomentFormat.Block8, true, 512));

        // Of 4096 tokens: layer inputs kept, in bf16; the head's gradient summed in fp32; one chunk of 512 tokens' logits, thrice.
        var inputs = 4096.0 * 4096 * 2 * (32 + 1);
        var head = 100352.0 * 4096 * 4;
        var logits = 512.0 * 100352 * 4 * 3;

        Assert.Equal(7_298_617_344, parameters);
        Assert.Equal(54.6, state / (1 << 30), 0.05);
        Assert.InRange((state + inputs + head + logits) / (1 << 30), 55, 60);
    }

    private static ModelConfig Config() => Parse("""
        {"model_type": "olmo2", "vocab_size": 512, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 64, "rope_theta": 10000.0,
         "rms_norm_eps": 1e-6, "tie_word_embeddings": false}
        """);

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json));
}
