using Graft.Artifacts.Recipes;
using Graft.Modeling.Native;
using Graft.Trainer.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.Optimization;

public class BlockMomentsTests
{
    // Two levels are 2^(1/10) apart, and the lowest is 2^-12.6 (2^-25.4) of the block's largest, here below one half (a quarter).
    private const double RelativeError = 0.0718;
    private const double Lowest = 0.5 * 0.000162;
    private const double LowestSecond = 0.25 * 2.3e-8;

    [Theory]
    [InlineData(512)]
    [InlineData(700)]
    public void Each_moment_comes_back_within_the_distance_of_two_levels(int count)
    {
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        using var moments = new BlockMoments(count, CPU);
        var random = new Random(2);
        var first = Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, -3 * random.NextDouble()))).ToArray();
        var second = first.Select(value => value * value).ToArray();

        moments.Change(0, count, 1, (m, v) =>
        {
            m.copy_(tensor(first));
            v.copy_(tensor(second));
        });

        moments.Change(0, count, 2, (m, v) =>
        {
            Assert.All(first.Zip(m.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, Math.Max(Lowest, Math.Abs(pair.First) * RelativeError)));
            Assert.All(second.Zip(v.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, Math.Max(LowestSecond, pair.First * RelativeError)));
        });
    }

    [Fact]
    public void Zero_stays_zero_and_a_small_second_moment_is_not_taken_for_it()
    {
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        using var moments = new BlockMoments(256, CPU);
        var values = new float[256];
        (values[0], values[1]) = (1, 1e-20f);

        moments.Change(0, 256, 1, (_, v) => v.copy_(tensor(values)));

        moments.Change(0, 256, 2, (m, v) =>
        {
            Assert.All(m.data<float>().ToArray(), value => Assert.Equal(0, value));
            var back = v.data<float>().ToArray();
            Assert.Equal(1, back[0]);
            Assert.Equal(Math.Pow(2, -25.4), back[1], 1e-12);
            Assert.All(back[2..], value => Assert.Equal(0, value));
        });
    }

    /// <summary>Rounding to the nearest level would leave a second moment that shrinks by a thousandth a step where it is.</summary>
    [Fact]
    public void A_second_moment_decays_as_it_does_in_fp32()
    {
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        using var moments = new BlockMoments(256, CPU);
        moments.Change(0, 256, 0, (_, v) => v.copy_(arange(1, 257, float32).div(1000)));

        // One element keeps the scale where it is.
        const int steps = 1500;
        for (var step = 1; step <= steps; step++)
        {
            moments.Change(0, 256, step, (_, v) => v.narrow(0, 0, 255).mul_(0.999));
        }

        moments.Change(0, 256, steps + 1, (_, v) =>
        {
            var decay = Math.Pow(0.999, steps);
            var ratios = v.data<float>().Take(255).Select((value, i) => value / ((i + 1) / 1000.0 * decay)).ToArray();
            Assert.All(ratios, ratio => Assert.InRange(ratio, 0.8, 1.2));
            Assert.InRange(ratios.Average(), 0.98, 1.02);
        });
    }

    [Fact]
    public void The_same_step_rounds_the_same_way_and_another_one_differently()
    {
        TorchRuntime.Load();
        var values = Enumerable.Range(0, 256).Select(i => (float)Math.Sin(i + 1)).ToArray();

        Assert.Equal(Codes(3), Codes(3));
        Assert.NotEqual(Codes(3), Codes(4));

        byte[] Codes(int step)
        {
            using var scope = NewDisposeScope();
            using var moments = new BlockMoments(256, CPU);
            moments.Change(0, 256, step, (m, _) => m.copy_(tensor(values)));
            return [.. moments.State[0].Tensor.data<byte>()];
        }
    }

    /// <summary>The update of weights by fp32 and by 8-bit moments, on a quadratic whose optimum is known.</summary>
    [Fact]
    public void Weights_go_to_the_same_optimum_as_with_fp32_moments()
    {
        var config = TrainingMath.Olmo2();
        var settings = new OptimizerSettings(0.9, 0.999, 1e-8, 0, 0);
        using var full = TrainingMath.Randomized(config);
        using var coded = TrainingMath.Randomized(config);
        using AdamW one = new(full, settings), other = new(coded, settings, MomentFormat.Block8);

        var (exact, approximate) = (Descend(full, one), Descend(coded, other));

        Assert.True(approximate < 1.1 * exact + 1e-6, $"Distances to the optimum: {exact:E2} in fp32, {approximate:E2} in 8 bits.");

        static double Descend(FlatParameters parameters, AdamW optimizer)
        {
            using var scope = NewDisposeScope();
            var optimum = linspace(-0.5, 0.5, parameters.Count);
            for (var step = 1; step <= 300; step++)
            {
                parameters.Gradient.copy_(parameters.Master.sub(optimum));
                optimizer.Step(step, 0.02 * (1 - (step / 301.0)));
            }

            return parameters.Master.sub(optimum).square().mean().item<float>();
        }
    }
}
