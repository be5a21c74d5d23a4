using System.Security.Cryptography;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Merger.Methods;
using Xunit;
using static Graft.Tests.Unit.Merger.Methods.Merged;

namespace Graft.Tests.Unit.Merger.Methods;

public sealed class DareMethodTests
{
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.123)]
    public void A_merge_is_what_the_definition_says_in_any_slices(double drop)
    {
        const int Length = 3001;
        var start = Weights(DType.BF16, Length, 1);
        Term[] terms = [RandomTerm(DType.BF16, Length, 2, 0.5), RandomTerm(DType.BF16, Length, 3, -1.5)];
        var expected = Numbers.AllBits(DType.F32, start.Values.Select((value, i) =>
        {
            for (var k = 0; k < terms.Length; k++)
            {
                if (Uniform(7, k, "model.norm.weight", i) >= drop)
                {
                    value += terms[k].Scale / (1 - drop) * (terms[k].FineTuned.Values[i] - terms[k].Pretrained.Values[i]);
                }
            }

            return value;
        }));

        foreach (var slice in new[] { 0, 256, 512 })
        {
            Assert.Equal(
                expected, Run(new MergeMethod.Dare(drop, 7), DType.F32, start, terms, slice: slice, name: "model.norm.weight"));
        }
    }

    [Fact]
    public void About_as_many_are_dropped_as_asked_whatever_the_seed()
    {
        const int Length = 200_000;
        var zeros = Of(DType.F32, new double[Length]);
        var ones = Of(DType.F32, [.. Enumerable.Repeat(1.0, Length)]);
        for (var seed = 0ul; seed < 5; seed++)
        {
            var result = Numbers.Values(DType.F32, Run(new MergeMethod.Dare(0.7, seed), DType.F32, zeros, [new Term(ones, zeros)]));

            // Five standard deviations.
            Assert.Equal(0.7, result.Count(value => value == 0) / (double)Length, 5 * Math.Sqrt(0.7 * 0.3 / Length));
            Assert.Equal([0, (float)(1 / (1 - 0.7))], result.Distinct().Order());
        }
    }

    [Fact]
    public void Seed_vector_and_tensor_each_give_other_masks()
    {
        const int Length = 1000;
        var zeros = Of(DType.F32, new double[Length]);
        var term = new Term(Of(DType.F32, [.. Enumerable.Repeat(1.0, Length)]), zeros);
        byte[] Mask(ulong seed, string name) => Run(new MergeMethod.Dare(0.5, seed), DType.F32, zeros, [term], name: name);

        Assert.Equal(Mask(1, "a"), Mask(1, "a"));
        Assert.NotEqual(Mask(1, "a"), Mask(2, "a"));
        Assert.NotEqual(Mask(1, "a"), Mask(1, "b"));
        Assert.NotEqual(new CounterGenerator(1, 0, "a").Eight(0), new CounterGenerator(1, 1, "a").Eight(0));
    }

    [Fact]
    public void Without_dropping_it_is_the_linear_merge()
    {
        var start = Weights(DType.BF16, 1000, 1);
        Term[] terms = [RandomTerm(DType.BF16, 1000, 2, 0.3), RandomTerm(DType.BF16, 1000, 3, -2)];

        Assert.Equal(
            Run(new MergeMethod.Linear(), DType.BF16, start, terms), Run(new MergeMethod.Dare(0, 9), DType.BF16, start, terms));
    }

    // SplitMix64 step by step: the generator's state after i + 1 additions of its constant, mixed.
    private static double Uniform(ulong seed, int vector, string name, int index)
    {
        using var text = new MemoryStream();
        text.Write(BitConverter.GetBytes(seed));
        text.Write(BitConverter.GetBytes((long)vector));
        text.Write(Encoding.UTF8.GetBytes(name));
        var state = BitConverter.ToUInt64(SHA256.HashData(text.ToArray()));
        for (var i = 0; i <= index; i++)
        {
            state += 0x9E3779B97F4A7C15;
        }

        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return (mixed >> 11) * Math.ScaleB(1, -53);
    }
}
