using System.Numerics;

namespace Graft.Modeling.Tokenizers;

/// <summary>Which neighbours merge, when and into what: pairs of ids in a table with open addressing, which is what merging waits for.</summary>
internal sealed class MergeTable
{
    /// <summary>Rank of a pair that does not merge: behind all others.</summary>
    public const int Never = int.MaxValue;

    private const ulong Empty = ulong.MaxValue;

    private readonly (ulong Pair, int Rank, int Merged)[] _slots;
    private readonly int _shift;

    /// <param name="capacity">Merges at most.</param>
    public MergeTable(int capacity)
    {
        var bits = BitOperations.Log2((uint)Math.Max(capacity, 4)) + 2;
        _shift = 64 - bits;
        _slots = new (ulong, int, int)[1 << bits];
        Array.Fill(_slots, (Empty, Never, 0));
    }

    /// <summary>The pair given twice keeps the later rank, as in the reference.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        var pair = Pair(left, right);
        var slot = Start(pair);
        while (_slots[slot].Pair != Empty && _slots[slot].Pair != pair)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = (pair, rank, merged);
    }

    /// <returns>Rank and result; rank <see cref="Never"/> when the pair does not merge.</returns>
    public (int Rank, int Merged) Find(int left, int right)
    {
        var pair = Pair(left, right);
        for (var slot = Start(pair); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref readonly var entry = ref _slots[slot];
            if (entry.Pair == pair || entry.Pair == Empty)
            {
                return (entry.Rank, entry.Merged);
            }
        }
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Start(ulong pair)
    {
        pair *= 0x9E3779B97F4A7C15;
        pair ^= pair >> 32;
        return (int)((pair * 0xBF58476D1CE4E5B9) >> _shift);
    }
}
