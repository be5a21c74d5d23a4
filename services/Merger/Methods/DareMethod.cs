using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts.Recipes;
using Graft.Merger.Planning;

namespace Graft.Merger.Methods;

/// <summary>
/// DARE (Yu et al., 2023, arXiv 2311.03099), drop and rescale: <c>base + sum_k scale_k / (1 - p) * m_k * (FT_k - PT_k)</c>, where each
/// entry of the mask m_k is 0 with probability p and 1 otherwise. Whether an entry is dropped depends on the seed, the vector's position
/// in the recipe, the tensor's name and the entry's index, and on nothing else (<see cref="CounterGenerator"/>).
/// </summary>
internal sealed class DareMethod : TensorMethod
{
    private readonly CounterGenerator[] _generators;
    private readonly double[] _factors;
    private readonly ulong _dropBelow;

    public DareMethod(MergeMethod.Dare method, MergeTensor tensor)
    {
        _generators = [.. tensor.Terms.Select(term => new CounterGenerator(method.Seed, term.Vector, tensor.Name))];
        _factors = [.. tensor.Terms.Select(term => term.Scale / (1 - method.Drop))];
        _dropBelow = CounterGenerator.Threshold(method.Drop);
    }

    public override void Add(int term, long first, Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained) =>
        AddKept(_generators[term], _dropBelow, first, sum, fineTuned, pretrained, _factors[term]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddKept(
        CounterGenerator generator,
        ulong dropBelow,
        long first,
        Span<double> sum,
        ReadOnlySpan<double> fineTuned,
        ReadOnlySpan<double> pretrained,
        double factor)
    {
        for (var i = 0; i < sum.Length; i += Vector512<double>.Count)
        {
            var before = Vector512.Create<double>(sum[i..]);
            var difference = Vector512.Create(fineTuned[i..]) - Vector512.Create(pretrained[i..]);
            var isKept = Vector512.GreaterThanOrEqual(generator.Eight(first + i), Vector512.Create(dropBelow)).AsDouble();
            Vector512.ConditionalSelect(isKept, before + (difference * factor), before).CopyTo(sum[i..]);
        }
    }
}
