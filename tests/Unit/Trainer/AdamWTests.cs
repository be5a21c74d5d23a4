using Graft.Artifacts.Recipes;
using Graft.Trainer.Optimization;
using Xunit;

namespace Graft.Tests.Unit.Trainer;

public class AdamWTests
{
    private static readonly OptimizerSettings _settings = new(0.9, 0.95, 1e-8, 0.1, 1.0);

    [Fact]
    public void Updates_follow_the_formula_in_double_precision()
    {
        var config = TrainingMath.Olmo2();
        using var parameters = TrainingMath.Randomized(config);
        using var optimizer = new AdamW(parameters, _settings);
        var weights = TrainingMath.Values(parameters.Master).Select(value => (double)value).ToArray();
        var (m, v) = (new double[weights.Length], new double[weights.Length]);
        var random = new Random(3);

        for (var step = 1; step <= 5; step++)
        {
            var gradient = weights.Select(_ => (random.NextDouble() - 0.5) / (step == 3 ? 1e4 : 1)).ToArray();
            parameters.Gradient.copy_(TorchSharp.torch.tensor(gradient.Select(value => (float)value).ToArray()));
            var norm = optimizer.Step(step, 1e-3);
            var expected = Math.Sqrt(gradient.Sum(value => value * value));
            Assert.Equal(expected, norm, expected * 1e-5);
            Reference(weights, gradient, m, v, step, 1e-3, parameters.Matrices, expected);
        }

        var actual = TrainingMath.Values(parameters.Master);
        Assert.All(weights.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
        Assert.All(TrainingMath.Values(parameters.Gradient), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Small_updates_move_bf16_models_through_their_fp32_master_weights()
    {
        var config = TrainingMath.Olmo2();
        using var parameters = TrainingMath.Randomized(config, TorchSharp.torch.bfloat16);
        using var optimizer = new AdamW(parameters, _settings with { WeightDecay = 0 });
        var before = TrainingMath.Values(parameters.Master);

        for (var step = 1; step <= 100; step++)
        {
            parameters.Gradient.fill_(0.01);
            optimizer.Step(step, 5e-6);
        }

        // A constant gradient moves every weight by the learning rate a step; one such step is far below half a bf16 ulp of most.
        Assert.All(before.Zip(TrainingMath.Values(parameters.Master)), pair => Assert.Equal(pair.First - 5e-4, pair.Second, 2e-5));
    }

    private static void Reference(
        double[] weights, double[] gradient, double[] m, double[] v, int step, double rate, long matrices, double norm)
    {
        var clip = Math.Min(1, _settings.ClipNorm / (norm + 1e-6));
        for (var i = 0; i < weights.Length; i++)
        {
            var g = gradient[i] * clip;
            weights[i] *= i < matrices ? 1 - (rate * _settings.WeightDecay) : 1;
            m[i] = (_settings.Beta1 * m[i]) + ((1 - _settings.Beta1) * g);
            v[i] = (_settings.Beta2 * v[i]) + ((1 - _settings.Beta2) * g * g);
            var corrected = m[i] / (1 - Math.Pow(_settings.Beta1, step));
            weights[i] -= rate * corrected / (Math.Sqrt(v[i] / (1 - Math.Pow(_settings.Beta2, step))) + _settings.Epsilon);
        }
    }
}
