using CsCheck;
using Graft.Modeling.Native;
using Graft.Trainer.LowRank;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.LowRank;

public class WideRoundingTests
{
    /// <summary>1 + 2^-8 + 2^-40 is above the tie of two bf16 numbers; through fp32 it becomes the tie, and goes to the even one below.</summary>
    [Fact]
    public void There_is_one_rounding_where_libtorch_makes_two()
    {
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        var wide = tensor([1 + Math.Pow(2, -8) + Math.Pow(2, -40), 1 + Math.Pow(2, -8) - Math.Pow(2, -40), -1 - Math.Pow(2, -8) - Math.Pow(2, -40)]);

        var rounded = WideRounding.Round(wide, bfloat16).to(float32).data<float>().ToArray();

        Assert.Equal([1 + MathF.Pow(2, -7), 1, -1 - MathF.Pow(2, -7)], rounded);
        Assert.Equal(1, wide.to(bfloat16).to(float32).data<float>()[0]);
    }

    [Fact]
    public void It_is_the_nearest_of_all_bf16_numbers()
    {
        TorchRuntime.Load();
        Gen.Double[-4, 4].Array[50].Sample(
            values =>
            {
                using var scope = NewDisposeScope();
                var rounded = WideRounding.Round(tensor(values), bfloat16).to(float32).data<float>().ToArray();
                for (var i = 0; i < values.Length; i++)
                {
                    if (rounded[i] == 0)
                    {
                        Assert.True(Math.Abs(values[i]) <= BitConverter.Int32BitsToSingle(0x8000));
                        continue;
                    }

                    var bits = BitConverter.SingleToInt32Bits(rounded[i]);
                    Assert.Equal(0, bits & 0xFFFF);
                    foreach (var neighbour in new[] { bits + 0x10000, bits - 0x10000 })
                    {
                        Assert.True(Math.Abs(values[i] - rounded[i]) <= Math.Abs(values[i] - BitConverter.Int32BitsToSingle(neighbour)));
                    }
                }
            },
            iter: 50);
    }
}
