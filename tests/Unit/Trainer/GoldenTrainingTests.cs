using Graft.Artifacts.Recipes;
using Graft.Artifacts.Safetensors;
using Graft.Modeling.Configuration;
using Graft.Modeling.Native;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer;

/// <summary>Eight updates of tiny models against Hugging Face transformers and torch.optim.AdamW.</summary>
public class GoldenTrainingTests
{
    [Theory]
    [InlineData("olmo2-fp32", true)]
    [InlineData("olmo2-fp32", false)]
    [InlineData("llama31-fp32", false)]
    [InlineData("llama32-tied-fp32", false)]
    public void Losses_gradient_norms_and_weights_equal_the_reference(string folder, bool fused)
    {
        var path = SharedData.Require($"golden/{folder}");
        TorchRuntime.Load();
        set_num_threads(1);
        using var scope = NewDisposeScope();
        var config = ModelConfig.Parse(File.ReadAllBytes(Path.Combine(path, "config.json")));
        var expected = Load(Path.Combine(path, "expected.safetensors"));
        using var parameters = new FlatParameters(config, float32, CPU);
        foreach (var (name, tensor) in Load(Path.Combine(path, "model.safetensors")))
        {
            using var none = no_grad();
            parameters.View(parameters.Master, name).copy_(tensor);
        }

        using var optimizer = new AdamW(parameters, new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1.0));
        using IBackpropagation backpropagation = fused
            ? new FusedBackpropagation(config, parameters, 4 * 32, 32)
            : new AutogradBackpropagation(new Transformer(config, parameters.Views), CPU);
        var (losses, norms) = (expected["train_losses"].data<double>(), expected["train_grad_norms"].data<double>());
        for (var step = 0; step < 8; step++)
        {
            var loss = backpropagation.Run(Batch(expected[$"train_ids_{step}"]), LossReduction.Mean);
            var norm = optimizer.Step(step + 1, 1e-3 * Math.Min(1, (step + 1) / 4.0));
            Assert.Equal(losses[step], loss, 1e-4);
            Assert.Equal(norms[step], norm, norms[step] * 1e-3);
        }

        CheckWeights(parameters, expected);
    }

    private static void CheckWeights(FlatParameters parameters, Dictionary<string, Tensor> expected)
    {
        foreach (var (name, tensor) in expected.Where(pair => pair.Key.StartsWith("after.", StringComparison.Ordinal)))
        {
            var parameter = name["after.".Length..] is var rest && rest == "lm_head_or_embed" ? "model.embed_tokens.weight" : rest;
            using var actual = parameters.View(parameters.Master, parameter);
            using var difference = (actual - tensor).abs().max();
            Assert.True(difference.item<float>() < 1e-5, $"{parameter} differs by {difference.item<float>():E2}.");
        }
    }

    /// <summary>Next-token targets, those of the first ten positions ignored.</summary>
    private static Batch Batch(Tensor ids)
    {
        var (rows, length) = ((int)ids.shape[0], (int)ids.shape[1]);
        var all = ids.data<long>().ToArray();
        var (inputs, targets) = (new List<long>(), new List<long>());
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i + 1 < length; i++)
            {
                inputs.Add(all[(row * length) + i]);
                targets.Add(i + 1 >= 10 ? all[(row * length) + i + 1] : Graft.Trainer.Data.Batch.Ignored);
            }
        }

        return new Batch(rows, length - 1, [.. inputs], [.. targets]);
    }

    private static Dictionary<string, Tensor> Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        Dictionary<string, Tensor> tensors = [];
        foreach (var tensor in file.Tensors)
        {
            var bytes = new byte[tensor.End - tensor.Begin];
            file.Read(tensor, bytes);
            tensors.Add(tensor.Name, TensorBytes.ToTensor(bytes, tensor.DType, [.. tensor.Shape], CPU));
        }

        return tensors;
    }
}
