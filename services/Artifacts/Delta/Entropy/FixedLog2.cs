using System.Numerics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Binary logarithms in fixed point: the same on every machine, so that equal chunks are encoded in equal bytes.</summary>
internal static class FixedLog2
{
    /// <summary>Bits behind the point.</summary>
    public const int Fraction = 16;

    private const int IndexBits = 11;

    private static readonly int[] _table =
        [.. Enumerable.Range(0, 1 << IndexBits).Select(i => (int)Math.Round(Math.Log2(1 + (i / (double)(1 << IndexBits))) * (1 << Fraction)))];

    /// <param name="value">At least 1.</param>
    /// <returns>log2(value) * 2^<see cref="Fraction"/>, rounded down a little.</returns>
    public static int Of(ulong value)
    {
        var exponent = BitOperations.Log2(value);
        var aligned = value << (63 - exponent);
        return (exponent << Fraction) + _table[(int)(aligned >> (63 - IndexBits)) & ((1 << IndexBits) - 1)];
    }
}
