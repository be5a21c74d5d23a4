using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Merger.Planning;

namespace Graft.Merger.Methods;

/// <summary>
/// A point on the line between two checkpoints, as WiSE-FT (Wortsman et al., 2022, arXiv 2109.01903):
/// <c>(1 - a) * base + a * FT</c>, where a is the factor of the one vector, FT - base. At a = 0 and a = 1 nothing is computed: the plan
/// takes the bits of the base and of FT. (base + a * (FT - base) would not give FT at a = 1 when the two are of very different size.)
/// </summary>
internal sealed class InterpolationMethod(IReadOnlyList<TensorTerm> terms) : TensorMethod
{
    public override void Add(int term, long first, Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained) =>
        Interpolate(sum, fineTuned, terms[term].Scale);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Interpolate(Span<double> sum, ReadOnlySpan<double> fineTuned, double at)
    {
        var rest = 1 - at;
        for (var i = 0; i < sum.Length; i += Vector512<double>.Count)
        {
            ((Vector512.Create<double>(sum[i..]) * rest) + (Vector512.Create(fineTuned[i..]) * at)).CopyTo(sum[i..]);
        }
    }
}
