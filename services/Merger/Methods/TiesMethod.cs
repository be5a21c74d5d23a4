using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts.Recipes;
using Graft.Merger.Planning;

namespace Graft.Merger.Methods;

/// <summary>
/// TIES-Merging (Yadav et al., 2023, arXiv 2306.01708): trim, elect sign, disjoint mean.
/// <list type="number">
/// <item>d_k = FT_k - PT_k keeps its max(1, floor(density * n)) entries of largest magnitude in each tensor of n; among equal ones at the
/// edge those of lowest index stay. All others become 0.</item>
/// <item>The elected sign of an element is + when sum_k scale_k * d_k is at least 0, and - otherwise.</item>
/// <item><c>base + lambda * (sum scale_k * d_k) / (sum |scale_k|)</c>, both sums over those k whose scale_k * d_k is not 0 and has the
/// elected sign; where there is none, the base stays.</item>
/// </list>
/// With positive scales this is mergekit's normalised <c>ties</c>: scales are weights of a mean, so one vector alone enters whole
/// whatever its scale, and lambda is its factor. A factor for some tensors multiplies lambda. With density 1, one vector and scale 1 it is
/// <c>base + lambda * d</c>, the linear merge.
/// </summary>
internal sealed class TiesMethod : TensorMethod
{
    private const int MaxBlock = SliceMerge.BlockElements;

    private readonly MagnitudeSelection?[] _selections;
    private readonly long[] _tiesLeft;
    private readonly double[] _scales;
    private readonly double[][] _weighted;
    private readonly double _lambda;

    public TiesMethod(MergeMethod.Ties method, MergeTensor tensor)
    {
        var keep = Math.Max(1, (long)Math.Floor(method.Density * tensor.Elements));
        _selections = [.. tensor.Terms.Select(_ => keep < tensor.Elements ? new MagnitudeSelection(keep) : null)];
        _tiesLeft = new long[tensor.Terms.Count];
        _scales = [.. tensor.Terms.Select(term => term.VectorScale)];
        _weighted = [.. tensor.Terms.Select(_ => new double[MaxBlock])];
        _lambda = method.Lambda * tensor.Factor;
    }

    public override bool IsSequential => _selections.Any(selection => selection is not null);

    public override bool WantsSurvey(int term) => _selections[term] is { IsDone: false };

    public override void Survey(int term, ReadOnlySpan<double> differences) => _selections[term]!.Add(differences);

    public override void EndSurvey(int term)
    {
        var selection = _selections[term]!;
        selection.EndPass();
        // Zeros are zeros, kept or not.
        _tiesLeft[term] = selection.Threshold == 0 ? 0 : selection.TiesKept;
    }

    public override void Add(int term, long first, Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained)
    {
        var threshold = _selections[term]?.Threshold ?? 0;
        _tiesLeft[term] = Trim(_weighted[term].AsSpan(0, sum.Length), fineTuned, pretrained, _scales[term], threshold, _tiesLeft[term]);
    }

    public override void Finish(Span<double> sum) => AddDisjointMean(sum, _weighted, _scales, _lambda);

    /// <returns>How many more entries of exactly the threshold's magnitude are kept.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static long Trim(
        Span<double> weighted, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained, double scale, ulong threshold, long tiesLeft)
    {
        for (var i = 0; i < weighted.Length; i += Vector512<double>.Count)
        {
            var difference = Vector512.Create(fineTuned[i..]) - Vector512.Create(pretrained[i..]);
            var magnitude = Vector512.Abs(difference).AsUInt64();
            var isKept = Vector512.GreaterThan(magnitude, Vector512.Create(threshold));
            var ties = Vector512.Equals(magnitude, Vector512.Create(threshold)).ExtractMostSignificantBits();
            for (; ties != 0 && tiesLeft > 0; tiesLeft--)
            {
                isKept = isKept.WithElement(BitOperations.TrailingZeroCount(ties), ulong.MaxValue);
                ties &= ties - 1;
            }

            Vector512.ConditionalSelect(isKept.AsDouble(), difference * scale, Vector512<double>.Zero).CopyTo(weighted[i..]);
        }

        return tiesLeft;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddDisjointMean(Span<double> sum, double[][] weighted, double[] scales, double lambda)
    {
        var zero = Vector512<double>.Zero;
        for (var i = 0; i < sum.Length; i += Vector512<double>.Count)
        {
            var all = zero;
            foreach (var entries in weighted)
            {
                all += Vector512.Create(entries, i);
            }

            var isPositive = Vector512.GreaterThanOrEqual(all, zero);
            var (chosen, weights) = (zero, zero);
            for (var term = 0; term < weighted.Length; term++)
            {
                var entry = Vector512.Create(weighted[term], i);
                var agrees = Vector512.ConditionalSelect(isPositive, Vector512.GreaterThan(entry, zero), Vector512.LessThan(entry, zero));
                chosen += Vector512.ConditionalSelect(agrees, entry, zero);
                weights += Vector512.ConditionalSelect(agrees, Vector512.Create(Math.Abs(scales[term])), zero);
            }

            // What is not a number belongs to no sign, and must not vanish for it.
            var isNumber = Vector512.Equals(all, all);
            chosen = Vector512.ConditionalSelect(isNumber, chosen, all);
            var before = Vector512.Create<double>(sum[i..]);
            var isChanged = Vector512.OnesComplement(Vector512.Equals(weights, zero)) | Vector512.OnesComplement(isNumber);
            Vector512.ConditionalSelect(isChanged, before + ((chosen / weights) * lambda), before).CopyTo(sum[i..]);
        }
    }
}
