using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Graft.Faults;

namespace Graft.Modeling.Tokenizers;

/// <summary>Byte-level byte-pair encoding: of the neighbours in a piece, the pair merged first in training is merged first.</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _whole;
    private readonly MergeTable _merges;
    private readonly int[] _byteIds;
    private readonly bool _ignoreMerges;
    private readonly PieceCache _cache = new();

    /// <param name="vocabulary">Tokens in the <see cref="ByteAlphabet"/>.</param>
    /// <param name="merges">Pairs of ids, their rank and what they become.</param>
    /// <param name="unknown">Stands for bytes outside the vocabulary; null refuses them.</param>
    /// <param name="ignoreMerges">A piece that is a token as a whole is that token, whatever the merges say.</param>
    public BpeModel(Dictionary<string, int> vocabulary, MergeTable merges, int? unknown, bool ignoreMerges)
        : base(vocabulary)
    {
        _whole = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        _ignoreMerges = ignoreMerges;
        _byteIds = [.. Enumerable.Range(0, 256)
            .Select(value => vocabulary.GetValueOrDefault($"{ByteAlphabet.ToCharacter((byte)value)}", unknown ?? -1))];
    }

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_cache.TryAddTo(piece, ids))
        {
            return;
        }

        var start = ids.Count;
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(piece.Length));
        try
        {
            EncodeBytes(bytes.AsSpan(0, Encoding.UTF8.GetBytes(piece, bytes)), ids);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _cache.Remember(piece, CollectionsMarshal.AsSpan(ids)[start..]);
    }

    private void EncodeBytes(ReadOnlySpan<byte> bytes, List<int> ids)
    {
        if (_ignoreMerges && Whole(bytes) is { } whole)
        {
            ids.Add(whole);
        }
        else if (bytes.Length <= ShortMerge.MaxLength)
        {
            Span<int> symbols = stackalloc int[bytes.Length];
            for (var i = 0; i < bytes.Length; i++)
            {
                symbols[i] = IdOf(bytes[i], bytes);
            }

            ids.AddRange(symbols[..ShortMerge.Run(symbols, _merges)]);
        }
        else
        {
            var symbols = new MergeList(bytes.Length, _merges);
            foreach (var value in bytes)
            {
                symbols.Add(IdOf(value, bytes));
            }

            symbols.Run(ids);
        }
    }

    private int IdOf(byte value, ReadOnlySpan<byte> bytes) => _byteIds[value] is >= 0 and var id
        ? id
        : throw FaultException.Invalid(
            $"The text has the byte 0x{value:x2} in '{Encoding.UTF8.GetString(bytes)}', which is not in the tokenizer's vocabulary.");

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
