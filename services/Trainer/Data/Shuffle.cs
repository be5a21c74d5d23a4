namespace Graft.Trainer.Data;

/// <summary>Seeded permutations that are the same on every machine and .NET version (System.Random promises neither).</summary>
internal static class Shuffle
{
    /// <summary>A Fisher-Yates shuffle of 0..count-1 driven by SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    public static int[] Permutation(int count, ulong seed, ulong epoch)
    {
        var state = Mix(seed) ^ Mix(epoch + 0x9E3779B97F4A7C15);
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            state += 0x9E3779B97F4A7C15;

            // The high half of a 64 by 64 bit product maps the draw to 0..i; its bias is below 2^-32 for any data that fits in memory.
            var j = (int)Math.BigMul(Mix(state), (ulong)(i + 1), out _);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
