using System.Buffers.Binary;
using System.Numerics;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Finds the low bits that no element has: of weights that were once of a narrower type.</summary>
internal static class ZeroBits
{
    /// <returns>How many, at most <see cref="FloatLayout.MaxDropped"/>.</returns>
    public static int Count(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, FloatLayout layout)
    {
        // Far fewer are looked at where the first ones already have all bits.
        const int First = 4096;
        var bits = Union(raw[..Math.Min(First, raw.Length)], layout.Width) | Union(parent[..Math.Min(First, parent.Length)], layout.Width);
        if ((bits & 1) == 0)
        {
            bits |= Union(raw, layout.Width) | Union(parent, layout.Width);
        }

        return Math.Min(BitOperations.TrailingZeroCount(bits), layout.MaxDropped);
    }

    private static uint Union(ReadOnlySpan<byte> bytes, int width)
    {
        var union = Vector<byte>.Zero;
        var i = 0;
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            union |= new Vector<byte>(bytes[i..]);
        }

        Span<byte> element = stackalloc byte[sizeof(uint)];
        element.Clear();
        for (var lane = 0; lane < Vector<byte>.Count; lane++)
        {
            element[lane % width] |= union[lane];
        }

        for (; i < bytes.Length; i++)
        {
            element[i % width] |= bytes[i];
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(element);
    }
}
