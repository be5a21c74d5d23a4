using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Graft.Modeling.Tokenizers;

/// <summary>
/// Remembers the ids of short pieces. Words repeat so much that nearly all merging is saved. Of two pieces that fall on the same slot
/// the later one stays, so memory is bounded and what is frequent comes back. Without locks: a slot is one reference to something that
/// never changes.
/// </summary>
internal sealed class PieceCache
{
    /// <summary>Longer pieces are rare and would only take up room.</summary>
    public const int LongestPiece = 32;

    private const int SlotBits = 16;

    private readonly Entry?[] _slots = new Entry?[1 << SlotBits];

    /// <summary>Adds the ids of the piece if they are known.</summary>
    public bool TryAddTo(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.Length > LongestPiece || Volatile.Read(ref _slots[Slot(piece)]) is not { } entry || !piece.SequenceEqual(entry.Piece))
        {
            return false;
        }

        if (entry.Rest is null)
        {
            ids.Add(entry.First);
        }
        else
        {
            ids.AddRange(entry.Rest);
        }

        return true;
    }

    public void Remember(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids)
    {
        if (piece.Length is > 0 and <= LongestPiece)
        {
            Volatile.Write(ref _slots[Slot(piece)], new Entry(piece.ToArray(), ids[0], ids.Length == 1 ? null : ids.ToArray()));
        }
    }

    // Four units at a time, the last four overlapping; each multiplication carries every bit upwards, and the top bits are taken.
    private static int Slot(ReadOnlySpan<char> piece)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        ref var first = ref MemoryMarshal.GetReference(piece);
        var hash = (ulong)piece.Length * Odd;
        if (piece.Length < 4)
        {
            for (var i = 0; i < piece.Length; i++)
            {
                hash = (hash ^ piece[i]) * Odd;
            }
        }
        else
        {
            for (var i = 0; i < piece.Length - 4; i += 4)
            {
                hash = (hash ^ Four(ref first, i)) * Odd;
                hash ^= hash >> 29;
            }

            hash = (hash ^ Four(ref first, piece.Length - 4)) * Odd;
        }

        hash ^= hash >> 32;
        return (int)((hash * Odd) >> (64 - SlotBits));
    }

    private static ulong Four(ref char first, int at) =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<char, byte>(ref Unsafe.Add(ref first, at)));

    private sealed record Entry(char[] Piece, int First, int[]? Rest);
}
