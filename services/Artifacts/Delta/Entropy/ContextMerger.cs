using System.Runtime.CompilerServices;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// Chooses the contexts of a chunk: merges neighbouring indexes as long as that makes the chunk smaller, tables included.
/// </summary>
/// <param name="observed">How often each bucket occurs with each index: one row an index.</param>
/// <param name="rule">Says how long a row is.</param>
internal ref struct ContextMerger(Span<int> observed, Buckets rule)
{
    /// <summary>Bits of a table, about: for each bucket that occurs, and once.</summary>
    private const long BucketCost = 3L << FixedLog2.Fraction;

    private const long TableCost = 16L << FixedLog2.Fraction;

    private readonly Span<int> _observed = observed;
    private readonly int _buckets = rule.Count;
    private readonly int _stride = rule.Stride;
    private int _count;
    private Ranges _ranges;

    /// <returns>The steps of the map. Rows of merged indexes are added up in the first index of their context.</returns>
    public ulong Merge()
    {
        for (var u = 0; u < ContextMap.ZeroIndex; u++)
        {
            var row = Row(u);
            if (row.ContainsAnyExcept(0))
            {
                _ranges[_count++] = new Range(u, Cost(row, default), 0);
            }
        }

        for (var i = 0; i + 1 < _count; i++)
        {
            Weigh(i);
        }

        while (Best() is var best and >= 0)
        {
            Join(best);
        }

        if (_ranges[0].First > 0)
        {
            Row(_ranges[0].First).CopyTo(Row(0));
        }

        var steps = 0ul;
        for (var i = 1; i < _count; i++)
        {
            steps |= 1ul << _ranges[i].First;
        }

        return steps;
    }

    private readonly Span<int> Row(int u) => _observed.Slice(u * _stride, _buckets);

    /// <summary>The pair whose merger saves most, or -1 if none has to be or ought to be merged.</summary>
    private readonly int Best()
    {
        var best = -1;
        var least = _count > ContextMap.MaxContexts ? long.MaxValue : 0;
        for (var i = 0; i + 1 < _count; i++)
        {
            if (_ranges[i].MergedCost - _ranges[i].Cost - _ranges[i + 1].Cost is var growth && growth < least)
            {
                (best, least) = (i, growth);
            }
        }

        return best;
    }

    private void Join(int left)
    {
        var target = Row(_ranges[left].First);
        var source = Row(_ranges[left + 1].First);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] += source[i];
        }

        _ranges[left] = _ranges[left] with { Cost = _ranges[left].MergedCost };
        for (var i = left + 1; i + 1 < _count; i++)
        {
            _ranges[i] = _ranges[i + 1];
        }

        _count--;
        Weigh(left - 1);
        Weigh(left);
    }

    private void Weigh(int left)
    {
        if (left >= 0 && left + 1 < _count)
        {
            _ranges[left] = _ranges[left] with { MergedCost = Cost(Row(_ranges[left].First), Row(_ranges[left + 1].First)) };
        }
    }

    /// <summary>Bits of the buckets at their entropy, and of the table, times 2^<see cref="FixedLog2.Fraction"/>.</summary>
    private static long Cost(ReadOnlySpan<int> row, ReadOnlySpan<int> added)
    {
        var (total, cost) = (0L, TableCost);
        for (var i = 0; i < row.Length; i++)
        {
            var number = row[i] + (added.IsEmpty ? 0 : added[i]);
            if (number > 0)
            {
                total += number;
                cost += BucketCost - ((long)number * FixedLog2.Of((ulong)number));
            }
        }

        return cost + (total * FixedLog2.Of((ulong)total));
    }

    private readonly record struct Range(int First, long Cost, long MergedCost);

    [InlineArray(ContextMap.ZeroIndex)]
    private struct Ranges
    {
        private Range _first;
    }
}
