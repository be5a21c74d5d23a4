using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts;

namespace Graft.Merger.Arithmetic;

/// <summary>
/// Euclidean norms of FT - PT and of PT over the elements of a tensor, in double. Eight partial sums, element i in number i modulo 8,
/// added up in a fixed order: the bits of a norm, and with them the digest of a diff vector, are the same on every machine and for
/// every division into pieces.
/// </summary>
/// <param name="fineTunedType">Floating element type of FT.</param>
/// <param name="pretrainedType">Floating element type of PT.</param>
internal sealed class DifferenceNorm(DType fineTunedType, DType pretrainedType)
{
    private const int BlockElements = 256;

    private Vector512<double> _vectorSums;
    private Vector512<double> _baseSums;

    /// <summary>Norm of FT - PT over what was added.</summary>
    public double Vector => Root(_vectorSums);

    /// <summary>Norm of PT over what was added.</summary>
    public double Base => Root(_baseSums);

    /// <summary>Adds the next elements, the same number of both. All pieces but the last must be a multiple of eight.</summary>
    public void Add(ReadOnlySpan<byte> fineTuned, ReadOnlySpan<byte> pretrained)
    {
        var (fineTunedSize, pretrainedSize) = (fineTunedType.Size(), pretrainedType.Size());
        var length = fineTuned.Length / fineTunedSize;
        Span<double> wideFineTuned = stackalloc double[BlockElements];
        Span<double> widePretrained = stackalloc double[BlockElements];
        for (var begin = 0; begin < length; begin += BlockElements)
        {
            var elements = Math.Min(BlockElements, length - begin);
            Widening.Widen(fineTunedType, fineTuned.Slice(begin * fineTunedSize, elements * fineTunedSize), wideFineTuned[..elements]);
            Widening.Widen(pretrainedType, pretrained.Slice(begin * pretrainedSize, elements * pretrainedSize), widePretrained[..elements]);

            // Zeros up to a multiple of eight change no sum.
            var padded = (elements + Vector512<double>.Count - 1) / Vector512<double>.Count * Vector512<double>.Count;
            wideFineTuned[elements..padded].Clear();
            widePretrained[elements..padded].Clear();
            AddSquares(wideFineTuned[..padded], widePretrained[..padded]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddSquares(ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained)
    {
        for (var i = 0; i < fineTuned.Length; i += Vector512<double>.Count)
        {
            var from = Vector512.Create(pretrained[i..]);
            var difference = Vector512.Create(fineTuned[i..]) - from;
            _vectorSums += difference * difference;
            _baseSums += from * from;
        }
    }

    private static double Root(Vector512<double> sums)
    {
        var total = 0.0;
        for (var i = 0; i < Vector512<double>.Count; i++)
        {
            total += sums[i];
        }

        return Math.Sqrt(total);
    }
}
