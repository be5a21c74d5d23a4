using System.Numerics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Finds values, symbols and contexts of a chunk.</summary>
internal static class EntropyAnalysis
{
    /// <summary>Elements taken together through all steps, in the first-level cache.</summary>
    private const int Tile = 4096;

    /// <summary>Every so many elements one is looked at to find the usual exponents.</summary>
    private const int SampleStride = 16;

    /// <param name="child">The elements.</param>
    /// <param name="parent">Equally many, or none.</param>
    /// <param name="plan">Its spans and the model's layout are given; the rest is set.</param>
    public static void Run<T>(ReadOnlySpan<T> child, ReadOnlySpan<T> parent, ref EntropyPlan<T> plan)
        where T : unmanaged, IBinaryInteger<T>
    {
        var layout = plan.Model.Layout;
        plan.Model.HasClasses = BlockClasses.Classify(child, parent, layout, plan.Model.Classes);
        plan.Model.Map = new ContextMap(parent.IsEmpty ? WindowOrigin(child, layout) : ContextOrigin(parent, layout), 0);
        var rule = plan.Model.Buckets;
        plan.Observed.Clear();
        Span<byte> indexes = stackalloc byte[Tile];
        for (var begin = 0; begin < child.Length; begin += Tile)
        {
            var tile = begin..Math.Min(begin + Tile, child.Length);
            var values = plan.Values[tile];
            if (parent.IsEmpty)
            {
                Residuals.Rotate(child[tile], layout.CodedDropped, values);
            }
            else
            {
                Residuals.Subtract(child[tile], parent[tile], layout.CodedDropped, values);
            }

            var classes = plan.Model.Classes[(begin / BlockClasses.Size)..];
            ContextMap.Index(parent.IsEmpty ? [] : parent[tile], layout, classes, plan.Model.Map.Origin, indexes[..values.Length]);
            rule.Symbols<T>(values, indexes, plan.Symbols[tile]);
            Observe(plan.Symbols[tile], plan.Observed);
        }

        if (!plan.Observed[..(ContextMap.ZeroIndex * rule.Stride)].ContainsAnyExcept(0))
        {
            // All is zero; a context must have some bucket nevertheless.
            plan.Observed[0] = 1;
        }

        var steps = new ContextMerger(plan.Observed, rule).Merge();
        plan.Model.Map = plan.Model.Map with { Steps = steps };
    }

    private static void Observe(ReadOnlySpan<ushort> symbols, Span<int> observed)
    {
        foreach (var symbol in symbols)
        {
            observed[symbol]++;
        }
    }

    /// <summary>Such that the usual exponents have the highest indexes.</summary>
    private static int ContextOrigin<T>(ReadOnlySpan<T> parent, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T> => (2 * UsualExponent(parent, layout)) + BlockClasses.Smallest + 1 - ContextMap.ZeroIndex;

    /// <summary>Such that the usual exponents and some above lie in the window.</summary>
    private static int WindowOrigin<T>(ReadOnlySpan<T> child, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T>
    {
        const int Above = 8;
        var last = Math.Min(UsualExponent(child, layout) + Above, layout.MaxExponent);
        return Math.Max(1, last + 1 - Buckets.Window);
    }

    /// <summary>The exponent that all but one element in a thousand have at most.</summary>
    private static int UsualExponent<T>(ReadOnlySpan<T> parent, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<int> frequency = stackalloc int[256];
        frequency.Clear();
        for (var i = 0; i < parent.Length; i += SampleStride)
        {
            frequency[(int)(uint.CreateTruncating(parent[i]) >> layout.CodedMantissa) & layout.MaxExponent]++;
        }

        var above = parent.Length / SampleStride / 1000;
        var exponent = layout.MaxExponent;
        for (; exponent > 0 && frequency[exponent] <= above; exponent--)
        {
            above -= frequency[exponent];
        }

        return exponent;
    }
}

/// <summary>What is known of a chunk before it is written.</summary>
internal ref struct EntropyPlan<T>
    where T : unmanaged
{
    public Span<T> Values;

    /// <summary>As <see cref="Entropy.Buckets.Symbols"/> sets them.</summary>
    public Span<ushort> Symbols;

    /// <summary>How often each symbol occurs; rows of merged indexes are added up in the first of them.</summary>
    public Span<int> Observed;
    public EntropyModel Model;
}
