using Graft.Artifacts;
using Graft.Merger.Arithmetic;
using Graft.Merger.Planning;

namespace Graft.Merger.Methods;

/// <summary>
/// One tensor of a merge, slice by slice: every element is widened to double (rounded to another element type before, when the recipe
/// says so), the method computes, and the result is rounded once.
/// </summary>
internal sealed class SliceMerge(TensorMethod method, MergeTensor tensor, DType? cast)
{
    // The doubles of a block and of its two operands stay in the first-level cache, on its lines: a vector across two lines costs double.
    public const int BlockElements = 256;
    private const int CacheLineBytes = 64;
    private const int Padding = 8;

    /// <summary>Shows the method the next elements of a term.</summary>
    /// <param name="term">Number of the term.</param>
    /// <param name="fineTuned">[n] elements of FT.</param>
    /// <param name="pretrained">[n] elements of PT.</param>
    public unsafe void Survey(int term, ReadOnlySpan<byte> fineTuned, ReadOnlySpan<byte> pretrained)
    {
        double* memory = stackalloc double[(2 * BlockElements) + Padding];
        memory = Align(memory);
        var (first, second) = (tensor.Terms[term].FineTuned.DType, tensor.Terms[term].Pretrained!.DType);
        var elements = fineTuned.Length / first.Size();
        for (var begin = 0; begin < elements; begin += BlockElements)
        {
            var count = Math.Min(BlockElements, elements - begin);
            var difference = new Span<double>(memory, count);
            var subtracted = new Span<double>(memory + BlockElements, count);
            Widen(first, fineTuned, begin, difference);
            Widen(second, pretrained, begin, subtracted);
            for (var i = 0; i < count; i++)
            {
                difference[i] -= subtracted[i];
            }

            method.Survey(term, difference);
        }
    }

    /// <summary>Merges some elements.</summary>
    /// <param name="first">Index in the tensor of the first one.</param>
    /// <param name="slices">[n] elements of each of <see cref="MergeTensor.Reads"/>, in that order.</param>
    /// <param name="result">[n] elements of the result.</param>
    public unsafe void Run(long first, ReadOnlySpan<ReadOnlyMemory<byte>> slices, Span<byte> result)
    {
        double* memory = stackalloc double[(3 * BlockElements) + Padding];
        memory = Align(memory);
        var size = tensor.DType.Size();
        var elements = result.Length / size;
        for (var begin = 0; begin < elements; begin += BlockElements)
        {
            var count = Math.Min(BlockElements, elements - begin);
            var padded = (count + Padding - 1) / Padding * Padding;
            var sum = new Span<double>(memory, padded);
            var fineTuned = new Span<double>(memory + BlockElements, padded);
            var pretrained = new Span<double>(memory + (2 * BlockElements), padded);
            WidenPadded(tensor.Start.DType, slices[0].Span, begin, count, sum);
            var next = 1;
            for (var term = 0; term < tensor.Terms.Count; term++)
            {
                WidenPadded(tensor.Terms[term].FineTuned.DType, slices[next++].Span, begin, count, fineTuned);
                if (tensor.Terms[term].Pretrained is { } entry)
                {
                    WidenPadded(entry.DType, slices[next++].Span, begin, count, pretrained);
                }

                method.Add(term, first + begin, sum, fineTuned, pretrained);
            }

            method.Finish(sum);
            Rounding.Round(tensor.DType, sum[..count], result.Slice(begin * size, count * size));
        }
    }

    private static unsafe double* Align(double* memory) => (double*)(((nuint)memory + CacheLineBytes - 1) & ~(nuint)(CacheLineBytes - 1));

    private void WidenPadded(DType dtype, ReadOnlySpan<byte> source, int begin, int count, Span<double> wide)
    {
        Widen(dtype, source, begin, wide[..count]);
        wide[count..].Clear();
    }

    private void Widen(DType dtype, ReadOnlySpan<byte> source, int begin, Span<double> wide)
    {
        Widening.Widen(dtype, source.Slice(begin * dtype.Size(), wide.Length * dtype.Size()), wide);
        if (cast is { } narrow && narrow != dtype)
        {
            Span<byte> rounded = stackalloc byte[BlockElements * sizeof(double)];
            rounded = rounded[..(wide.Length * narrow.Size())];
            Rounding.Round(narrow, wide, rounded);
            Widening.Widen(narrow, rounded, wide);
        }
    }
}
