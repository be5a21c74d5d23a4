using Graft.Artifacts;
using Graft.Merger.Comparing;
using Graft.Tests.Unit.Merger.Methods;
using Xunit;

namespace Graft.Tests.Unit.Merger.Comparing;

public sealed class TensorGeometryTests
{
    [Fact]
    public void Lengths_angles_and_counts_are_those_of_the_numbers_in_any_slices()
    {
        const int Length = 3001;
        Merged.Operand[] operands =
        [
            Merged.Weights(DType.BF16, Length, 1), Merged.Weights(DType.F32, Length, 2), Merged.Weights(DType.F16, Length, 3),
        ];
        // Zeros, equal ones and opposite ones.
        operands[1] = Merged.Of(DType.F32, [.. operands[1].Values.Select((value, i) => (i % 5) switch
        {
            0 => 0,
            1 => operands[0].Values[i],
            2 => -operands[0].Values[i],
            _ => value,
        })]);
        var subtracted = Merged.Weights(DType.F32, Length, 4);
        double[][] values = [operands[0].Values, operands[1].Values, [.. operands[2].Values.Zip(subtracted.Values, (to, from) => to - from)]];

        var whole = Measure(operands, subtracted, Length);
        var sliced = Measure(operands, subtracted, 256);

        Assert.Equal(Length, whole.Elements);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(values[i].Sum(value => value * value), whole.Squares[i], 1e-9);
            Assert.Equal(values[i].Count(value => value == 0), whole.Zeros[i]);
        }

        foreach (var ((first, second), pair) in Geometry.PairsOf(3).Zip(whole.Pairs))
        {
            var both = values[first].Zip(values[second]).ToList();
            Assert.Equal(both.Sum(pair => pair.First * pair.Second), pair.Dot, 1e-9);
            Assert.Equal(both.Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)), pair.SquaredDistance, 1e-9);
            Assert.Equal(both.Count(pair => pair.First == pair.Second), pair.Equal);
            Assert.Equal(both.Count(pair => pair.First != 0 && pair.Second != 0), pair.NonZero);
            Assert.Equal(both.Count(pair => Math.Sign(pair.First) * Math.Sign(pair.Second) > 0), pair.SameSign);
        }

        Assert.Equal(whole.Squares, sliced.Squares);
        Assert.Equal(whole.Zeros, sliced.Zeros);
        Assert.Equal(whole.Pairs, sliced.Pairs);
    }

    [Theory]
    [InlineData("model.layers.12.mlp.up_proj.weight", "model.layers.12")]
    [InlineData("transformer.h.3.attn.bias", "transformer.h.3")]
    [InlineData("model.embed_tokens.weight", "model.embed_tokens")]
    [InlineData("lm_head.weight", "lm_head")]
    [InlineData("w", "w")]
    public void Tensors_belong_to_layers_by_their_names(string tensor, string layer) => Assert.Equal(layer, Layers.Of(tensor));

    private static Geometry Measure(Merged.Operand[] operands, Merged.Operand subtracted, int slice)
    {
        TensorEntry Entry(Merged.Operand operand) => new("w", operand.DType, [operand.Values.Length], default);
        var tensor = new ComparedTensor(
            "w",
            operands[0].Values.Length,
            [(Entry(operands[0]), null), (Entry(operands[1]), null), (Entry(operands[2]), Entry(subtracted))]);
        var geometry = new TensorGeometry(tensor);
        Merged.Operand[] reads = [.. operands, subtracted];
        for (var begin = 0; begin < tensor.Elements; begin += slice)
        {
            var end = (int)Math.Min(begin + slice, tensor.Elements);
            geometry.Add([.. reads.Select(read => (ReadOnlyMemory<byte>)read.Bytes.AsMemory((begin * read.DType.Size())..(end * read.DType.Size())))]);
        }

        return geometry.Sum();
    }
}
