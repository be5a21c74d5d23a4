using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>High halves of elements of 32 bits whose low halves are zero.</summary>
internal static class Halves
{
    /// <param name="bytes">Elements.</param>
    /// <param name="halves">Equally many.</param>
    public static void Take(ReadOnlySpan<byte> bytes, Span<ushort> halves)
    {
        var elements = MemoryMarshal.Cast<byte, uint>(bytes);
        var i = 0;
        for (; i <= halves.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (low, high) = (Vector256.Create(elements[i..]), Vector256.Create(elements[(i + Vector256<uint>.Count)..]));
            Vector256.Narrow(low >>> 16, high >>> 16).CopyTo(halves[i..]);
        }

        for (; i < halves.Length; i++)
        {
            halves[i] = (ushort)(elements[i] >> 16);
        }
    }

    /// <param name="halves">As <see cref="Take"/> set them.</param>
    /// <param name="bytes">Elements to set, equally many.</param>
    public static void Put(ReadOnlySpan<ushort> halves, Span<byte> bytes)
    {
        var elements = MemoryMarshal.Cast<byte, uint>(bytes);
        var i = 0;
        for (; i <= halves.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(halves[i..]));
            (low << 16).CopyTo(elements[i..]);
            (high << 16).CopyTo(elements[(i + Vector256<uint>.Count)..]);
        }

        for (; i < halves.Length; i++)
        {
            elements[i] = (uint)halves[i] << 16;
        }
    }
}
