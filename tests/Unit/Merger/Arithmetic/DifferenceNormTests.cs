using Graft.Artifacts;
using Graft.Merger.Arithmetic;
using Graft.Tests.Unit.Merger.Methods;
using Xunit;

namespace Graft.Tests.Unit.Merger.Arithmetic;

public sealed class DifferenceNormTests
{
    [Theory]
    [InlineData(DType.BF16, DType.BF16)]
    [InlineData(DType.BF16, DType.F32)]
    [InlineData(DType.F64, DType.F16)]
    public void Norms_are_those_of_the_difference_and_of_the_base_in_any_pieces(DType fineTunedType, DType pretrainedType)
    {
        const int Length = 5000;
        var (fineTuned, pretrained) = (Merged.Weights(fineTunedType, Length, 3), Merged.Weights(pretrainedType, Length, 4));
        var (vector, start) = (0.0, 0.0);
        foreach (var (to, from) in fineTuned.Values.Zip(pretrained.Values))
        {
            vector += (to - from) * (to - from);
            start += from * from;
        }

        var whole = new DifferenceNorm(fineTunedType, pretrainedType);
        whole.Add(fineTuned.Bytes, pretrained.Bytes);
        var pieces = new DifferenceNorm(fineTunedType, pretrainedType);
        foreach (var (begin, end) in new[] { (0, 8), (8, 2048), (2048, Length) })
        {
            pieces.Add(
                fineTuned.Bytes.AsSpan((begin * fineTunedType.Size())..(end * fineTunedType.Size())),
                pretrained.Bytes.AsSpan((begin * pretrainedType.Size())..(end * pretrainedType.Size())));
        }

        Assert.Equal(Math.Sqrt(vector), whole.Vector, 1e-12);
        Assert.Equal(Math.Sqrt(start), whole.Base, 1e-12);
        Assert.Equal((whole.Vector, whole.Base), (pieces.Vector, pieces.Base));
    }
}
