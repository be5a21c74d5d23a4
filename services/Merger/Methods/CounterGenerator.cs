using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace Graft.Merger.Methods;

/// <summary>
/// 53 random bits for each element of a tensor, a function of its index alone, so that neither slices nor threads nor the order of
/// tensors matter: the element's index is the counter of SplitMix64 (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom number
/// generators"), whose start comes from a SHA-256 over seed, vector and tensor name.
/// </summary>
internal sealed class CounterGenerator
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;
    private const ulong FirstMultiplier = 0xBF58_476D_1CE4_E5B9;
    private const ulong SecondMultiplier = 0x94D0_49BB_1331_11EB;
    private const int UsedBits = 53;

    private readonly ulong _start;

    /// <param name="seed">Of the recipe.</param>
    /// <param name="vector">Position of the vector in the recipe, from 0.</param>
    /// <param name="tensor">Name of the tensor.</param>
    public CounterGenerator(ulong seed, int vector, string tensor)
    {
        // Seed and vector as eight bytes each, little-endian, then the name in UTF-8; the first eight bytes of the hash, little-endian.
        var text = new byte[16 + Encoding.UTF8.GetByteCount(tensor)];
        BinaryPrimitives.WriteUInt64LittleEndian(text, seed);
        BinaryPrimitives.WriteInt64LittleEndian(text.AsSpan(8), vector);
        Encoding.UTF8.GetBytes(tensor, text.AsSpan(16));
        _start = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(text));
    }

    /// <summary>The largest bits that are below a probability: element i happens when its bits are less than this.</summary>
    public static ulong Threshold(double probability) => (ulong)Math.Ceiling(Math.ScaleB(probability, UsedBits));

    /// <summary>The bits of element <paramref name="index"/> and the seven that follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<ulong> Eight(long index)
    {
        var counter = Vector512.Create((ulong)index + 1) + Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7);
        var state = Vector512.Create(_start) + (counter * Golden);
        state = (state ^ (state >>> 30)) * FirstMultiplier;
        state = (state ^ (state >>> 27)) * SecondMultiplier;
        return (state ^ (state >>> 31)) >>> (64 - UsedBits);
    }
}
