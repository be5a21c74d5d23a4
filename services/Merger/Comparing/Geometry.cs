namespace Graft.Merger.Comparing;

/// <summary>Sums over the numbers of two artifacts, a and b.</summary>
internal struct PairSums
{
    /// <summary>Sum of a * b.</summary>
    public double Dot;

    /// <summary>Sum of (a - b)^2.</summary>
    public double SquaredDistance;

    /// <summary>Where a equals b.</summary>
    public long Equal;

    /// <summary>Where neither is zero.</summary>
    public long NonZero;

    /// <summary>Where neither is zero and both have one sign.</summary>
    public long SameSign;
}

/// <summary>Sums over the numbers of several artifacts, of a tensor, a layer or everything: what lengths and angles are made of.</summary>
internal sealed class Geometry(int artifacts)
{
    public long Elements { get; private set; }

    /// <summary>Sum of squares of each artifact.</summary>
    public double[] Squares { get; } = new double[artifacts];

    /// <summary>How many numbers of each artifact are zero.</summary>
    public long[] Zeros { get; } = new long[artifacts];

    /// <summary>Of the pairs (0, 1), (0, 2), .., (1, 2), ..</summary>
    public PairSums[] Pairs { get; } = new PairSums[artifacts * (artifacts - 1) / 2];

    public int Artifacts => artifacts;

    /// <summary>The pairs in the order of <see cref="Pairs"/>.</summary>
    public static IEnumerable<(int First, int Second)> PairsOf(int artifacts) =>
        from first in Enumerable.Range(0, artifacts)
        from second in Enumerable.Range(first + 1, artifacts - first - 1)
        select (first, second);

    public void Count(long elements) => Elements += elements;

    /// <summary>Adds the sums of other numbers.</summary>
    public void Add(Geometry other)
    {
        Elements += other.Elements;
        for (var i = 0; i < artifacts; i++)
        {
            Squares[i] += other.Squares[i];
            Zeros[i] += other.Zeros[i];
        }

        for (var i = 0; i < Pairs.Length; i++)
        {
            Pairs[i].Dot += other.Pairs[i].Dot;
            Pairs[i].SquaredDistance += other.Pairs[i].SquaredDistance;
            Pairs[i].Equal += other.Pairs[i].Equal;
            Pairs[i].NonZero += other.Pairs[i].NonZero;
            Pairs[i].SameSign += other.Pairs[i].SameSign;
        }
    }
}
