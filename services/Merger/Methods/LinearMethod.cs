using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Merger.Planning;

namespace Graft.Merger.Methods;

/// <summary>
/// Task arithmetic (Ilharco et al., 2023, arXiv 2212.04089) with any number of vectors and any factors:
/// <c>base + sum_k scale_k * (FT_k - PT_k)</c>. The terms are added in their order without fused operations. For one vector of scale 1
/// this is t + (f - s), as in the study's own code (PyTorch: <c>target += ft.double() - base.double()</c>; arXiv 2503.20110). With k
/// factors of 1/k it is a soup of vectors (Wortsman et al., 2022, arXiv 2203.05482).
/// </summary>
internal sealed class LinearMethod(IReadOnlyList<TensorTerm> terms) : TensorMethod
{
    public override void Add(int term, long first, Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained) =>
        AddScaledDifference(sum, fineTuned, pretrained, terms[term].Scale);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddScaledDifference(Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained, double scale)
    {
        for (var i = 0; i < sum.Length; i += Vector512<double>.Count)
        {
            var difference = Vector512.Create(fineTuned[i..]) - Vector512.Create(pretrained[i..]);
            (Vector512.Create<double>(sum[i..]) + (difference * scale)).CopyTo(sum[i..]);
        }
    }
}
