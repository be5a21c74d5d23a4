using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Modeling.Transformers;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// One update on one thread, of the demo's model (32 sequences of 48 tokens) and of one of 20 million parameters (8 sequences of 256).
/// The peer is the same model differentiated by libtorch, which is what eager PyTorch runs; the limit is the time of the step's matrix
/// products alone.
/// </summary>
internal static class TrainingBenchmark
{
    public static Task RunAsync()
    {
        Run("demo's model", DemoModel.Config, rows: 32, length: 48, callsPerRound: 20);
        Run("20 million parameters", DemoModel.Medium, rows: 8, length: 256, callsPerRound: 1);
        return Task.CompletedTask;
    }

    private static void Run(string name, ModelConfig config, int rows, int length, int callsPerRound)
    {
        using var parameters = DemoModel.Create(config);
        using var optimizer = new AdamW(parameters, new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1));
        using var fused = new FusedBackpropagation(config, parameters, rows * length, length);
        using var autograd = new AutogradBackpropagation(new Transformer(config, parameters.Views), CPU);
        var random = new Random(1);
        var tokens = Enumerable.Range(0, rows * length).Select(_ => (long)random.Next(config.VocabularySize)).ToArray();
        var batch = new Batch(rows, length, tokens, [.. tokens.Skip(1), 5]);
        var step = 0;
        void Update(IBackpropagation backpropagation)
        {
            backpropagation.Run(batch, LossReduction.Mean);
            optimizer.Step(++step, 1e-5);
        }

        using var scope = NewDisposeScope();
        var products = Products(config, rows * length);
        var times = Measurement.Compare(callsPerRound, [() => Update(fused), () => Update(autograd), () => Multiply(products)], warmUps: callsPerRound > 1 ? 40 : 4);
        string Rate(TimeSpan time) => $"{rows * length / time.TotalSeconds:N0} tokens/s";
        Measurement.Row($"{name}: fused update", $"{times[0].TotalMilliseconds:F2} ms", Rate(times[0]));
        Measurement.Row($"{name}: autograd update (libtorch eager)", $"{times[1].TotalMilliseconds:F2} ms", Rate(times[1]));
        Measurement.Row($"{name}: matrix products alone (limit)", $"{times[2].TotalMilliseconds:F2} ms");
        Measurement.Row($"{name}: fused / autograd", $"{times[0] / times[1]:F2}");
        Measurement.Row($"{name}: fused / limit", $"{times[0] / times[2]:F2}");
    }

    /// <summary>Inputs, weights and outputs of every product of the model: x [rows, in], w [out, in], y [rows, out].</summary>
    private static List<(Tensor X, Tensor W, Tensor Y)> Products(ModelConfig config, int positions)
    {
        var (hidden, inner) = (config.HiddenSize, config.IntermediateSize);
        (int In, int Out)[] layer = [(hidden, 3 * hidden), (hidden, hidden), (hidden, 2 * inner), (inner, hidden)];
        return [.. Enumerable.Repeat(layer, config.Layers).SelectMany(shapes => shapes).Append((In: hidden, Out: config.VocabularySize)).Select(shape =>
            (randn(positions, shape.In), randn(shape.Out, shape.In), randn(positions, shape.Out)))];
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
