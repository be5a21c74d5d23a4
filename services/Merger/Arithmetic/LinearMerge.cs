using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts;

namespace Graft.Merger.Arithmetic;

/// <summary>One vector of a merge over some elements: FT, PT, and the factor of their difference.</summary>
internal readonly record struct Term(ReadOnlyMemory<byte> FineTuned, ReadOnlyMemory<byte> Pretrained, double Scale);

/// <summary>
/// base + sum_k scale_k * (FT_k - PT_k), elementwise: each element is widened to double, the terms are added in their order without
/// fused operations, and the sum is rounded once. For one vector of scale 1 this is t + (f - s), as in the study's own code (PyTorch:
/// <c>target += ft.double() - base.double()</c>; arXiv 2503.20110).
/// </summary>
internal static class LinearMerge
{
    // The doubles of a block and of its two operands stay in the first-level cache, on its lines: a vector across two lines costs double.
    private const int BlockElements = 256;
    private const int CacheLineBytes = 64;

    /// <param name="dtype">A floating element type, the same for all.</param>
    /// <param name="start">The base: [n] elements.</param>
    /// <param name="terms">Each with [n] elements of FT and PT.</param>
    /// <param name="result">[n] elements; may be the memory of <paramref name="start"/>.</param>
    public static unsafe void Run(DType dtype, ReadOnlySpan<byte> start, ReadOnlySpan<Term> terms, Span<byte> result)
    {
        var memory = stackalloc double[(3 * BlockElements) + (CacheLineBytes / sizeof(double))];
        memory = (double*)(((nuint)memory + CacheLineBytes - 1) & ~(nuint)(CacheLineBytes - 1));
        var size = dtype.Size();
        for (var begin = 0; begin < start.Length; begin += BlockElements * size)
        {
            var bytes = Math.Min(BlockElements * size, start.Length - begin);
            var sum = new Span<double>(memory, bytes / size);
            var fineTuned = new Span<double>(memory + BlockElements, bytes / size);
            var pretrained = new Span<double>(memory + (2 * BlockElements), bytes / size);
            Widening.Widen(dtype, start.Slice(begin, bytes), sum);
            foreach (var term in terms)
            {
                Widening.Widen(dtype, term.FineTuned.Span.Slice(begin, bytes), fineTuned);
                Widening.Widen(dtype, term.Pretrained.Span.Slice(begin, bytes), pretrained);
                AddScaledDifference(sum, fineTuned, pretrained, term.Scale);
            }

            Rounding.Round(dtype, sum, result.Slice(begin, bytes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddScaledDifference(Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained, double scale)
    {
        var i = 0;
        for (; i <= sum.Length - Vector512<double>.Count; i += Vector512<double>.Count)
        {
            var difference = Vector512.Create(fineTuned[i..]) - Vector512.Create(pretrained[i..]);
            (Vector512.Create<double>(sum[i..]) + (difference * scale)).CopyTo(sum[i..]);
        }

        for (; i < sum.Length; i++)
        {
            sum[i] += scale * (fineTuned[i] - pretrained[i]);
        }
    }
}
