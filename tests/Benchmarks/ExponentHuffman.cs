using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// A lone bf16 chunk as ZipNN keeps it (github.com/zipnn/zipnn): exponents Huffman-coded in pieces of 256 KiB of weights, signs and mantissas as
/// they are. Codes have at most 12 bits and are read from the lowest bit; two interleaved streams a piece.
/// </summary>
internal sealed class ExponentHuffman
{
    private const int Piece = 128 << 10;
    private const int MaxBits = 12;
    private const int Symbols = 256;
    private const int Streams = 2;

    private readonly byte[] _exponents = new byte[Piece];
    private readonly ushort[] _table = new ushort[1 << MaxBits];

    /// <returns>For each piece: 128 bytes of code lengths, length of the first stream, streams, signs and mantissas.</returns>
    public List<byte[]> Encode(ReadOnlySpan<byte> chunk)
    {
        var weights = MemoryMarshal.Cast<byte, ushort>(chunk);
        var pieces = new List<byte[]>();
        for (var begin = 0; begin < weights.Length; begin += Piece)
        {
            pieces.Add(EncodePiece(weights.Slice(begin, Math.Min(Piece, weights.Length - begin))));
        }

        return pieces;
    }

    public void Decode(List<byte[]> pieces, Span<byte> chunk)
    {
        var weights = MemoryMarshal.Cast<byte, ushort>(chunk);
        for (var i = 0; i < pieces.Count; i++)
        {
            DecodePiece(pieces[i], weights.Slice(i * Piece, Math.Min(Piece, weights.Length - (i * Piece))));
        }
    }

    private byte[] EncodePiece(ReadOnlySpan<ushort> weights)
    {
        var piece = new byte[(Symbols / 2) + sizeof(int) + (weights.Length * 5 / 2) + (2 * sizeof(ulong))];
        var frequencies = new int[Symbols];
        for (var i = 0; i < weights.Length; i++)
        {
            _exponents[i] = (byte)(weights[i] >> 7);
            frequencies[_exponents[i]]++;
        }

        var lengths = Lengths(frequencies);
        var codes = Codes(lengths);
        for (var i = 0; i < Symbols; i += 2)
        {
            piece[i / 2] = (byte)(lengths[i] | (lengths[i + 1] << 4));
        }

        var position = (Symbols / 2) + sizeof(int);
        for (var stream = 0; stream < Streams; stream++)
        {
            var written = EncodeStream(_exponents.AsSpan(0, weights.Length), stream, codes, lengths, piece.AsSpan(position));
            if (stream == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(piece.AsSpan(Symbols / 2), written);
            }

            position += written;
        }

        for (var i = 0; i < weights.Length; i++)
        {
            piece[position + i] = (byte)((weights[i] & 0x7f) | (weights[i] >> 8 & 0x80));
        }

        return piece[..(position + weights.Length)];
    }

    private static int EncodeStream(ReadOnlySpan<byte> symbols, int stream, ushort[] codes, byte[] lengths, Span<byte> target)
    {
        var (pending, bits, position) = (0ul, 0, 0);
        for (var i = stream; i < symbols.Length; i += Streams)
        {
            pending |= (ulong)codes[symbols[i]] << bits;
            bits += lengths[symbols[i]];
            if (bits >= 48)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(target[position..], pending);
                position += 6;
                pending >>= 48;
                bits -= 48;
            }
        }

        BinaryPrimitives.WriteUInt64LittleEndian(target[position..], pending);
        return position + ((bits + 7) / 8);
    }

    private void DecodePiece(byte[] piece, Span<ushort> weights)
    {
        var lengths = new byte[Symbols];
        for (var i = 0; i < Symbols; i++)
        {
            lengths[i] = (byte)(piece[i / 2] >> (4 * (i % 2)) & 15);
        }

        var codes = Codes(lengths);
        for (var symbol = 0; symbol < Symbols; symbol++)
        {
            for (var entry = (int)codes[symbol]; lengths[symbol] > 0 && entry < _table.Length; entry += 1 << lengths[symbol])
            {
                _table[entry] = (ushort)((symbol << 8) | lengths[symbol]);
            }
        }

        var first = (Symbols / 2) + sizeof(int);
        var second = first + BinaryPrimitives.ReadInt32LittleEndian(piece.AsSpan(Symbols / 2));
        var plain = piece.AsSpan(piece.Length - weights.Length);
        var (at0, at1) = (8L * first, 8L * second);
        for (var i = 0; i < weights.Length; i += 8)
        {
            // Four codes of at most 12 bits are in every eight bytes from any bit on; behind the streams there are weights enough.
            var (word0, word1) = (Load(piece, at0), Load(piece, at1));
            for (var j = i; j < Math.Min(i + 8, weights.Length); j += Streams)
            {
                weights[j] = Take(ref word0, ref at0, plain[j]);
                if (j + 1 < weights.Length)
                {
                    weights[j + 1] = Take(ref word1, ref at1, plain[j + 1]);
                }
            }
        }
    }

    private static ulong Load(byte[] piece, long at)
    {
        var offset = (int)Math.Min(at >> 3, piece.Length - sizeof(ulong));
        return BinaryPrimitives.ReadUInt64LittleEndian(piece.AsSpan(offset)) >> (int)(at - (8L * offset));
    }

    private ushort Take(ref ulong word, ref long at, byte plain)
    {
        var entry = _table[word & ((1 << MaxBits) - 1)];
        word >>= entry & 0xff;
        at += entry & 0xff;
        return (ushort)(((entry >> 8) << 7) | (plain & 0x7f) | ((plain & 0x80) << 8));
    }

    /// <summary>Huffman's algorithm; frequencies are flattened until no code is too long.</summary>
    private static byte[] Lengths(int[] frequencies)
    {
        while (true)
        {
            var queue = new PriorityQueue<int, (long, int)>();
            var parents = new int[2 * Symbols];
            var nodes = Symbols;
            for (var symbol = 0; symbol < Symbols; symbol++)
            {
                if (frequencies[symbol] > 0)
                {
                    queue.Enqueue(symbol, (frequencies[symbol], symbol));
                }
            }

            while (queue.TryDequeue(out var left, out var leftWeight) && queue.TryDequeue(out var right, out var rightWeight))
            {
                (parents[left], parents[right]) = (nodes, nodes);
                queue.Enqueue(nodes, (leftWeight.Item1 + rightWeight.Item1, nodes++));
            }

            var lengths = new byte[Symbols];
            for (var symbol = 0; symbol < Symbols; symbol++)
            {
                var depth = frequencies[symbol] > 0 && nodes == Symbols ? 1 : 0;
                for (var node = symbol; parents[node] != 0; node = parents[node])
                {
                    depth++;
                }

                lengths[symbol] = (byte)depth;
            }

            if (lengths.Max() <= MaxBits)
            {
                return lengths;
            }

            frequencies = [.. frequencies.Select(frequency => (frequency + 1) / 2)];
        }
    }

    /// <summary>Canonical codes, mirrored so that they can be read from the lowest bit.</summary>
    private static ushort[] Codes(byte[] lengths)
    {
        var codes = new ushort[Symbols];
        var code = 0;
        for (var length = 1; length <= MaxBits; length++, code <<= 1)
        {
            for (var symbol = 0; symbol < Symbols; symbol++)
            {
                if (lengths[symbol] == length)
                {
                    for (var bit = 0; bit < length; bit++)
                    {
                        codes[symbol] |= (ushort)((code >> bit & 1) << (length - 1 - bit));
                    }

                    code++;
                }
            }
        }

        return codes;
    }
}
