using System.Numerics;

namespace Graft.Cli.Demo.Language;

/// <summary>
/// Seeded chance, the same on every machine and .NET version: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number
/// generators", 2021), seeded by SplitMix64 as its authors advise.
/// </summary>
internal sealed class Chance
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public Chance(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform over [0, 1), in steps of 2^-53.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform over 0 .. count - 1, without bias (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    public int Below(int count)
    {
        var range = (uint)count;
        var product = (ulong)(uint)Next() * range;
        if ((uint)product < range)
        {
            var threshold = (0u - range) % range;
            while ((uint)product < threshold)
            {
                product = (ulong)(uint)Next() * range;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Uniform over both ends and what is between.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    public bool Happens(double probability) => Unit() < probability;

    public T Pick<T>(ReadOnlySpan<T> items) => items[Below(items.Length)];

    /// <summary>A place in a table of running sums, each with the chance of its own part.</summary>
    public int Weighted(double[] sums)
    {
        var place = Array.BinarySearch(sums, Unit() * sums[^1]);
        return Math.Min(place < 0 ? ~place : place + 1, sums.Length - 1);
    }

    /// <summary>Fills <paramref name="chosen"/> with different items in random order.</summary>
    public void Sample<T>(ReadOnlySpan<T> items, Span<T> chosen)
    {
        Span<int> indices = stackalloc int[chosen.Length];
        for (var i = 0; i < chosen.Length; i++)
        {
            do
            {
                indices[i] = Below(items.Length);
            }
            while (indices[..i].Contains(indices[i]));

            chosen[i] = items[indices[i]];
        }
    }

    /// <summary>Fisher and Yates.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = Below(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary>Running sums of weights, for <see cref="Weighted"/>.</summary>
    public static double[] Sums(IEnumerable<double> weights)
    {
        var sum = 0.0;
        return [.. weights.Select(weight => sum += weight)];
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
