using Graft.Artifacts.Recipes;
using Graft.Modeling.Transformers;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer;

public class FusedBackpropagationTests
{
    // Widths that are no multiple of a vector, grouped heads, several lengths, with and without ignored targets.
    [Theory]
    [InlineData(4, 4, 40, 88, 3, 17, 0.0)]
    [InlineData(4, 2, 40, 88, 2, 33, 0.5)]
    [InlineData(2, 1, 36, 50, 5, 1, 0.0)]
    [InlineData(4, 4, 64, 176, 4, 48, 0.3)]
    public void Gradients_equal_those_of_autograd(int heads, int keyValueHeads, int hidden, int intermediate, int rows, int length, double ignored)
    {
        var config = TrainingMath.Olmo2(heads, keyValueHeads, hidden, intermediate);
        using var parameters = TrainingMath.Randomized(config);
        using var fused = new FusedBackpropagation(config, parameters, rows * length, length);
        using var autograd = new AutogradBackpropagation(new Transformer(config, parameters.Views), CPU);
        var batch = TrainingMath.Batch(rows, length, ignored);

        var expectedLoss = autograd.Run(batch, LossReduction.Mean);
        var expected = TrainingMath.Values(parameters.Gradient);
        parameters.Gradient.zero_();
        var loss = fused.Run(batch, LossReduction.Mean);
        var actual = TrainingMath.Values(parameters.Gradient);

        Assert.Equal(expectedLoss, loss, 1e-5);
        var norm = Math.Sqrt(expected.Sum(value => (double)value * value));
        var error = Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Sum());
        Assert.True(error < 1e-4 * norm, $"The gradients differ by {error / norm:E2} of their norm.");
    }

    [Fact]
    public void A_sum_is_the_mean_times_the_targets_that_count()
    {
        var config = TrainingMath.Olmo2();
        using var parameters = TrainingMath.Randomized(config);
        using var fused = new FusedBackpropagation(config, parameters, 60, 20);
        var batch = TrainingMath.Batch(3, 20, 0.4);

        var mean = fused.Run(batch, LossReduction.Mean);
        var sum = fused.Run(batch, LossReduction.Sum);

        Assert.Equal(mean * batch.Targets.Count(target => target >= 0), sum, 1e-4);
    }

    [Fact]
    public void The_same_batch_gives_the_same_bits_after_other_batches()
    {
        var config = TrainingMath.Olmo2();
        using var parameters = TrainingMath.Randomized(config);
        using var fused = new FusedBackpropagation(config, parameters, 120, 40);
        var batch = TrainingMath.Batch(3, 21, 0.4);
        fused.Run(batch, LossReduction.Mean);
        var first = TrainingMath.Values(parameters.Gradient);

        fused.Run(TrainingMath.Batch(3, 40, 0), LossReduction.Mean);
        parameters.Gradient.zero_();
        fused.Run(batch, LossReduction.Mean);

        Assert.Equal(first, TrainingMath.Values(parameters.Gradient));
    }
}
