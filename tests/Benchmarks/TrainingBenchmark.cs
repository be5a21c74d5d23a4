using Graft.Artifacts.Recipes;
using Graft.Modeling.Transformers;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// One update (32 sequences of 48 tokens, one thread). The peer is the same model differentiated by libtorch, which is what eager
/// PyTorch runs; the limit is the time of the step's matrix products alone.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Rows = 32;
    private const int Length = 48;

    public static Task RunAsync()
    {
        using var parameters = DemoModel.Create();
        using var optimizer = new AdamW(parameters, new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1));
        using var fused = new FusedBackpropagation(DemoModel.Config, parameters, Rows * Length, Length);
        using var autograd = new AutogradBackpropagation(new Transformer(DemoModel.Config, parameters.Views), CPU);
        var random = new Random(1);
        var tokens = Enumerable.Range(0, Rows * Length).Select(_ => (long)random.Next(DemoModel.Vocabulary)).ToArray();
        var batch = new Batch(Rows, Length, tokens, [.. tokens.Skip(1), 5]);
        var step = 0;
        void Update(IBackpropagation backpropagation)
        {
            backpropagation.Run(batch, LossReduction.Mean);
            optimizer.Step(++step, 1e-5);
        }

        using var scope = NewDisposeScope();
        var products = Products();
        var times = Measurement.Compare(20, () => Update(fused), () => Update(autograd), () => Multiply(products));
        Measurement.Row("fused update", $"{times[0].TotalMilliseconds:F2} ms", $"{Rows * Length / times[0].TotalSeconds:N0} tokens/s");
        Measurement.Row("autograd update (libtorch eager)", $"{times[1].TotalMilliseconds:F2} ms", $"{Rows * Length / times[1].TotalSeconds:N0} tokens/s");
        Measurement.Row("matrix products alone (limit)", $"{times[2].TotalMilliseconds:F2} ms");
        Measurement.Row("fused / autograd", $"{times[0] / times[1]:F2}");
        Measurement.Row("fused / limit", $"{times[0] / times[2]:F2}");
        return Task.CompletedTask;
    }

    /// <summary>Inputs, weights and outputs of every product of the model: x [rows, in], w [out, in], y [rows, out].</summary>
    private static List<(Tensor X, Tensor W, Tensor Y)> Products()
    {
        (int In, int Out)[] layer = [(64, 192), (64, 64), (64, 352), (176, 64)];
        return [.. layer.Concat(layer).Append((In: 64, Out: DemoModel.Vocabulary)).Select(shape =>
            (randn(Rows * Length, shape.In), randn(shape.Out, shape.In), randn(Rows * Length, shape.Out)))];
    }

    /// <summary>Forward, gradient of the weight and gradient of the input of each.</summary>
    private static void Multiply(List<(Tensor X, Tensor W, Tensor Y)> products)
    {
        foreach (var (x, w, y) in products)
        {
            using var scope = NewDisposeScope();
            y.addmm_(x, w.t(), 0, 1);
            w.addmm_(y.t(), x, 1, 1e-9f);
            x.addmm_(y, w, 1, 1e-9f);
        }
    }
}
