using System.Numerics;
using System.Runtime.InteropServices;
using ZstdSharp;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// Other ways to keep a bf16 chunk whose parent is at hand, written from their descriptions: XOR of the bit patterns, exponents in one
/// stream, signs and mantissas in another, zstd level 3 each (BitX of ZipLLM, github.com/ds2-lab/ZipLLM); and the order-preserving integer difference,
/// zigzagged, in two byte planes, zstd level 3 each.
/// </summary>
internal static class CodecPeers
{
    private const int Level = 3;

    public static byte[][] BitX(ReadOnlySpan<byte> child, ReadOnlySpan<byte> parent)
    {
        var words = new ushort[child.Length / 2];
        var from = MemoryMarshal.Cast<byte, ushort>(child);
        var against = MemoryMarshal.Cast<byte, ushort>(parent);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = RotateLeft((ushort)(from[i] ^ against[i]));
        }

        return Compress(words);
    }

    public static void UndoBitX(byte[][] streams, ReadOnlySpan<byte> parent, Span<byte> child)
    {
        var words = MemoryMarshal.Cast<byte, ushort>(child);
        var against = MemoryMarshal.Cast<byte, ushort>(parent);
        using var decompressor = new Decompressor();
        var low = decompressor.Unwrap(streams[0]);
        var high = decompressor.Unwrap(streams[1]);
        for (var i = 0; i < words.Length; i++)
        {
            var word = (uint)(low[i] | (high[i] << 8));
            words[i] = (ushort)((word >> 1 | word << 15) ^ against[i]);
        }
    }

    public static int DifferenceSize(ReadOnlySpan<byte> child, ReadOnlySpan<byte> parent)
    {
        var words = new ushort[child.Length / 2];
        Differences(MemoryMarshal.Cast<byte, ushort>(child), MemoryMarshal.Cast<byte, ushort>(parent), words);
        return Compress(words).Sum(stream => stream.Length);
    }

    /// <summary>zigzag(order(child) - order(parent)), where order turns bit patterns into integers in the order of the floats.</summary>
    public static void Differences(ReadOnlySpan<ushort> child, ReadOnlySpan<ushort> parent, Span<ushort> differences)
    {
        for (var i = 0; i < child.Length; i++)
        {
            var difference = (short)(Order(child[i]) - Order(parent[i]));
            differences[i] = (ushort)((difference << 1) ^ (difference >> 15));
        }
    }

    private static int Order(ushort bits) => (bits & 0x8000) == 0 ? bits : -1 - (bits & 0x7fff);

    private static ushort RotateLeft(ushort word) => (ushort)((word << 1) | (word >> 15));

    private static byte[][] Compress(ushort[] words)
    {
        var (low, high) = (new byte[words.Length], new byte[words.Length]);
        var i = 0;
        for (; i <= words.Length - (2 * Vector<ushort>.Count); i += 2 * Vector<ushort>.Count)
        {
            var (first, second) = (new Vector<ushort>(words, i), new Vector<ushort>(words, i + Vector<ushort>.Count));
            Vector.Narrow(first & new Vector<ushort>(0xff), second & new Vector<ushort>(0xff)).CopyTo(low, i);
            Vector.Narrow(first >>> 8, second >>> 8).CopyTo(high, i);
        }

        for (; i < words.Length; i++)
        {
            (low[i], high[i]) = ((byte)words[i], (byte)(words[i] >> 8));
        }

        using var compressor = new Compressor(Level);
        return [compressor.Wrap(low).ToArray(), compressor.Wrap(high).ToArray()];
    }
}
