using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using Graft.Faults;

namespace Graft.Modeling.Tokenizers;

/// <summary>Byte-level byte-pair encoding: of the neighbours in a piece, the pair merged first in training is merged first.</summary>
internal sealed class BpeModel : TokenModel
{
    // Words repeat; a bounded memory of them saves nearly all merging. Long pieces are rare and would only fill it.
    private const int CacheEntries = 1 << 16;
    private const int CachedLength = 32;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _whole;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges;
    private readonly int[] _byteIds;
    private readonly bool _ignoreMerges;
    private readonly ConcurrentDictionary<string, int[]> _cache = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _entries;

    /// <param name="vocabulary">Tokens in the <see cref="ByteAlphabet"/>.</param>
    /// <param name="merges">Pairs of ids, their rank and what they become.</param>
    /// <param name="unknown">Stands for bytes outside the vocabulary; null refuses them.</param>
    /// <param name="ignoreMerges">A piece that is a token as a whole is that token, whatever the merges say.</param>
    public BpeModel(
        Dictionary<string, int> vocabulary,
        Dictionary<(int Left, int Right), (int Rank, int Merged)> merges,
        int? unknown,
        bool ignoreMerges)
        : base(vocabulary)
    {
        _whole = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        _ignoreMerges = ignoreMerges;
        _byteIds = [.. Enumerable.Range(0, 256)
            .Select(value => vocabulary.GetValueOrDefault($"{ByteAlphabet.ToCharacter((byte)value)}", unknown ?? -1))];
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_cached.TryGetValue(piece, out var known))
        {
            ids.AddRange(known);
            return;
        }

        var start = ids.Count;
        Merge(piece, ids);
        if (piece.Length <= CachedLength && Volatile.Read(ref _entries) < CacheEntries
            && _cached.TryAdd(piece, CollectionsMarshal.AsSpan(ids)[start..].ToArray()))
        {
            Interlocked.Increment(ref _entries);
        }
    }

    private void Merge(ReadOnlySpan<char> piece, List<int> ids)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(piece.Length)];
        var count = Encoding.UTF8.GetBytes(piece, bytes);
        if (_ignoreMerges && Whole(bytes.AsSpan(0, count)) is { } whole)
        {
            ids.Add(whole);
            return;
        }

        var symbols = new MergeList(count, _merges);
        for (var i = 0; i < count; i++)
        {
            symbols.Add(_byteIds[bytes[i]] is >= 0 and var id
                ? id
                : throw FaultException.Invalid(
                    $"The text has the byte 0x{bytes[i]:x2} in '{piece}', which is not in the tokenizer's vocabulary."));
        }

        symbols.Run(ids);
    }

    private int? Whole(ReadOnlySpan<byte> bytes)
    {
        var token = new char[bytes.Length];
        for (var i = 0; i < token.Length; i++)
        {
            token[i] = ByteAlphabet.ToCharacter(bytes[i]);
        }

        return _whole.TryGetValue(token, out var id) ? id : null;
    }
}
