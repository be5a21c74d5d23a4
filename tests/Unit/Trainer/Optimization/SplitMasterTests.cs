using CsCheck;
using Graft.Artifacts.Recipes;
using Graft.Modeling.Native;
using Graft.Trainer.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.Optimization;

public class SplitMasterTests
{
    private static readonly OptimizerSettings _settings = new(0.9, 0.999, 1e-8, 0.01, 1.0);

    // Ties, powers of two and their neighbours, subnormals, zeros of both signs, the largest.
    private static readonly uint[] _awkward =
    [
        0x00000000, 0x80000000, 0x3F800000, 0x3F7FFFFF, 0x3F808000, 0x3F818000, 0x3F7F8000, 0xBF808000, 0xBF818000, 0xBF7F8000, 0x00000001,
        0x00008000, 0x80008000, 0x00018000, 0x007FFFFF, 0x00800000, 0x7F7F0000, 0x3F80FFFF, 0x3F807FFF, 0x3F808001,
    ];

    [Fact]
    public void Every_fp32_number_comes_back_bit_for_bit()
    {
        TorchRuntime.Load();
        Gen.UInt.Array[400].Sample(
            bits =>
            {
                // Beyond the largest bf16, rounding goes to infinity; no weight is there.
                var values = bits.Concat(_awkward).Select(BitConverter.UInt32BitsToSingle).Where(value => MathF.Abs(value) < 3.3e38f).ToArray();
                using var master = new SplitMaster(values.Length, CPU);
                using var given = tensor(values);
                master.Change(0, values.Length, range => range.copy_(given));

                using var back = master.Read(0, values.Length);

                Assert.Equal(values.Select(BitConverter.SingleToUInt32Bits), back.data<float>().Select(BitConverter.SingleToUInt32Bits));
            },
            iter: 100);
    }

    [Fact]
    public void What_is_computed_with_is_a_nearest_bf16()
    {
        TorchRuntime.Load();
        var random = new Random(5);
        var values = Enumerable.Range(0, 5000).Select(_ => (float)(random.NextDouble() - 0.5)).Concat(_awkward.Select(BitConverter.UInt32BitsToSingle)).ToArray();
        using var scope = NewDisposeScope();
        using var master = new SplitMaster(values.Length, CPU);
        master.Change(0, values.Length, range => range.copy_(tensor(values)));

        var nearest = tensor(values).to(bfloat16).to(float32).data<float>().ToArray();
        var computed = master.Compute.to(float32).data<float>().ToArray();

        for (var i = 0; i < values.Length; i++)
        {
            Assert.True(Math.Abs((double)computed[i] - values[i]) <= Math.Abs((double)nearest[i] - values[i]), $"{values[i]:R}: {computed[i]:R}, not {nearest[i]:R}");
        }
    }

    [Fact]
    public void A_training_on_split_weights_is_that_on_fp32_weights_bit_for_bit()
    {
        var config = TrainingMath.Olmo2();
        using var scope = NewDisposeScope();
        using var full = TrainingMath.Randomized(config, bfloat16);
        using var split = TrainingMath.Randomized(config, bfloat16, MasterFormat.Split);
        using AdamW one = new(full, _settings), other = new(split, _settings);
        var generator = new Generator(11, CPU);
        for (var step = 1; step <= 30; step++)
        {
            var gradient = randn([full.Count], generator: generator).mul(0.01).to(bfloat16);
            full.Gradient.copy_(gradient);
            split.Gradient.copy_(gradient);

            Assert.Equal(one.Step(step, 5e-6), other.Step(step, 5e-6));
        }

        using var weights = split.Weights.Read(0, split.Count);
        Assert.Equal(TrainingMath.Values(full.Master), TrainingMath.Values(weights));

        // Ties apart, which the two round to different sides, both compute with the same numbers.
        var differing = full.Weights.Compute.ne(split.Weights.Compute).sum().item<long>();
        Assert.True(differing <= full.Count / 1000, $"{differing} of {full.Count} weights differ.");
    }
}
