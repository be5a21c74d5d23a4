namespace Graft.Modeling.Tokenizers;

/// <summary>
/// Merging of a short piece: look for the lowest rank, merge, look again. Quadratic in the length, and several times faster than a queue
/// for the few bytes of a word.
/// </summary>
internal static class ShortMerge
{
    /// <summary>Symbols up to which it pays.</summary>
    public const int MaxLength = 48;

    /// <param name="symbols">Ids of the bytes; overwritten.</param>
    /// <param name="merges">What merges.</param>
    /// <returns>How many symbols are left, at the beginning of <paramref name="symbols"/>.</returns>
    public static int Run(Span<int> symbols, MergeTable merges)
    {
        Span<(int Rank, int Merged)> pairs = stackalloc (int, int)[MaxLength];
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
        {
            pairs[i] = merges.Find(symbols[i], symbols[i + 1]);
        }

        while (Lowest(pairs[..(count - 1)]) is >= 0 and var at)
        {
            symbols[at] = pairs[at].Merged;
            symbols[(at + 2)..count].CopyTo(symbols[(at + 1)..]);
            if (at + 2 < count)
            {
                pairs[(at + 2)..(count - 1)].CopyTo(pairs[(at + 1)..]);
                pairs[at] = merges.Find(symbols[at], symbols[at + 1]);
            }

            count--;
            if (at > 0)
            {
                pairs[at - 1] = merges.Find(symbols[at - 1], symbols[at]);
            }
        }

        return count;
    }

    /// <summary>The leftmost pair of the lowest rank; -1 when none merges.</summary>
    private static int Lowest(ReadOnlySpan<(int Rank, int Merged)> pairs)
    {
        var (lowest, rank) = (-1, MergeTable.Never);
        for (var i = 0; i < pairs.Length; i++)
        {
            if (pairs[i].Rank < rank)
            {
                (lowest, rank) = (i, pairs[i].Rank);
            }
        }

        return lowest;
    }
}
