using Graft.Faults;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// How often the buckets of a context occur, in the few bits a small chunk can afford: a level for each bucket, in steps of half a binary
/// order of magnitude, from which both sides compute the same counts. That coarseness costs less than a hundredth of a bit a symbol.
/// </summary>
internal static class Frequencies
{
    public const int MaxLevel = 31;

    /// <summary>Level of an expected count of one beyond the one every bucket that occurs has.</summary>
    private const int LevelOfOne = 4;

    /// <summary>What the first level is a difference from.</summary>
    private const int FirstLevel = 8;

    private const int CountBits = 8;

    /// <summary>Levels of the observed numbers; 0 for what does not occur.</summary>
    public static void Quantize(ReadOnlySpan<int> observed, int tableLog, Span<byte> levels)
    {
        var total = 0L;
        foreach (var number in observed)
        {
            total += number;
        }

        for (var i = 0; i < observed.Length; i++)
        {
            var share = ((long)observed[i] << (tableLog + 16)) / total - (1 << 16);
            levels[i] = observed[i] == 0 ? (byte)0
                : share <= 0 ? (byte)1
                : (byte)Math.Clamp((((2 * (FixedLog2.Of((ulong)share) - (16 << FixedLog2.Fraction))) + (1 << (FixedLog2.Fraction - 1))) >> FixedLog2.Fraction) + LevelOfOne, 1, MaxLevel);
        }
    }

    /// <summary>Counts that add up to 2^tableLog: one for each bucket that occurs, the rest in proportion to the levels.</summary>
    /// <returns>Whether any bucket occurs.</returns>
    public static bool Count(ReadOnlySpan<byte> levels, int tableLog, Span<int> counts)
    {
        var (present, sum) = (0, 0L);
        foreach (var level in levels)
        {
            present += level == 0 ? 0 : 1;
            sum += Weight(level);
        }

        var rest = (1L << tableLog) - present;
        var (before, given) = (0L, 0L);
        for (var i = 0; i < levels.Length; i++)
        {
            before += Weight(levels[i]);
            var upTo = sum == 0 ? 0 : before * rest / sum;
            counts[i] = levels[i] == 0 ? 0 : (int)(1 + upTo - given);
            given = upTo;
        }

        return present > 0;
    }

    public static void Write(ReadOnlySpan<byte> levels, ref BitWriter writer)
    {
        var length = levels.LastIndexOfAnyExcept((byte)0) + 1;
        writer.Write((uint)length - 1, CountBits);
        var previous = FirstLevel;
        foreach (var level in levels[..length])
        {
            var difference = level - previous;
            var folded = (uint)((difference << 1) ^ (difference >> 31));
            for (; folded >= 2; folded -= 2)
            {
                writer.Write(1, 1);
            }

            writer.Write(folded << 1, 2);
            previous = level;
        }
    }

    /// <param name="reader">Where <see cref="Write"/> wrote.</param>
    /// <param name="levels">As many as there are buckets.</param>
    /// <exception cref="FaultException">Corrupt: no such levels.</exception>
    public static void Read(ref BitReader reader, Span<byte> levels)
    {
        levels.Clear();
        var length = (int)reader.Read(CountBits) + 1;
        if (length > levels.Length)
        {
            throw FaultException.Corrupt($"A frequency table of the chunk has {length} buckets; there are {levels.Length}.");
        }

        var previous = FirstLevel;
        for (var i = 0; i < length; i++)
        {
            var folded = 0;
            while (reader.Read(1) == 1 && folded <= 2 * MaxLevel)
            {
                folded += 2;
            }

            folded += (int)reader.Read(1);
            previous += (folded >> 1) ^ -(folded & 1);
            levels[i] = previous is >= 0 and <= MaxLevel
                ? (byte)previous
                : throw FaultException.Corrupt($"A frequency table of the chunk has the level {previous}; 0 to {MaxLevel} are possible.");
        }
    }

    /// <summary>About 2^(level / 2), in units that keep the odd levels apart from the even ones.</summary>
    private static long Weight(int level) => level == 0 ? 0 : ((level & 1) == 0 ? 128L : 181L) << (level >> 1);
}
