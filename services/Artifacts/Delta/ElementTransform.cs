using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Graft.Artifacts.Delta;

/// <summary>
/// Reversible maps of elements that make most of their high bits equal, all modulo 2^n for elements of n bits. Spans hold whole
/// little-endian elements and are equally long; the result may be the input.
/// </summary>
internal static class ElementTransform
{
    /// <summary>
    /// zigzag(order(child) - order(parent)). Order maps the bit pattern of a float to the signed integer with the same order (all bits
    /// but the sign are flipped in negative ones), so that neighbouring floats differ by one; zigzag puts the sign of the difference last.
    /// </summary>
    public static void Subtract(ElementKind kind, ReadOnlySpan<byte> child, ReadOnlySpan<byte> parent, Span<byte> difference)
    {
        switch (kind.Width())
        {
            case 1: Subtract<sbyte>(kind, child, parent, difference); break;
            case 2: Subtract<short>(kind, child, parent, difference); break;
            case 4: Subtract<int>(kind, child, parent, difference); break;
            default: Subtract<long>(kind, child, parent, difference); break;
        }
    }

    /// <summary>Undoes <see cref="Subtract"/>.</summary>
    public static void Add(ElementKind kind, ReadOnlySpan<byte> difference, ReadOnlySpan<byte> parent, Span<byte> child)
    {
        switch (kind.Width())
        {
            case 1: Add<sbyte>(kind, difference, parent, child); break;
            case 2: Add<short>(kind, difference, parent, child); break;
            case 4: Add<int>(kind, difference, parent, child); break;
            default: Add<long>(kind, difference, parent, child); break;
        }
    }

    /// <summary>Rotates elements by one bit to the left, which puts the whole exponent of bf16 and fp32 into the highest byte.</summary>
    public static void RotateLeft(ElementKind kind, ReadOnlySpan<byte> elements, Span<byte> result) => Rotate(kind, elements, result, 1);

    /// <summary>Undoes <see cref="RotateLeft"/>.</summary>
    public static void RotateRight(ElementKind kind, ReadOnlySpan<byte> elements, Span<byte> result) =>
        Rotate(kind, elements, result, (8 * kind.Width()) - 1);

    private static void Rotate(ElementKind kind, ReadOnlySpan<byte> elements, Span<byte> result, int bits)
    {
        switch (kind.Width())
        {
            case 1: Rotate<byte>(elements, result, bits); break;
            case 2: Rotate<ushort>(elements, result, bits); break;
            case 4: Rotate<uint>(elements, result, bits); break;
            default: Rotate<ulong>(elements, result, bits); break;
        }
    }

    private static void Subtract<T>(ElementKind kind, ReadOnlySpan<byte> childBytes, ReadOnlySpan<byte> parentBytes, Span<byte> result)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var child = MemoryMarshal.Cast<byte, T>(childBytes);
        var parent = MemoryMarshal.Cast<byte, T>(parentBytes);
        var difference = MemoryMarshal.Cast<byte, T>(result);
        var (sign, flipped) = Order<T>(kind);
        var flippedVector = new Vector<T>(flipped);
        var i = 0;
        for (; i <= child.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (c, p) = (new Vector<T>(child[i..]), new Vector<T>(parent[i..]));
            var d = (c ^ ((c >> sign) & flippedVector)) - (p ^ ((p >> sign) & flippedVector));
            ((d << 1) ^ (d >> sign)).CopyTo(difference[i..]);
        }

        for (; i < child.Length; i++)
        {
            var (c, p) = (child[i], parent[i]);
            var d = (c ^ ((c >> sign) & flipped)) - (p ^ ((p >> sign) & flipped));
            difference[i] = (d << 1) ^ (d >> sign);
        }
    }

    private static void Add<T>(ElementKind kind, ReadOnlySpan<byte> differenceBytes, ReadOnlySpan<byte> parentBytes, Span<byte> result)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var difference = MemoryMarshal.Cast<byte, T>(differenceBytes);
        var parent = MemoryMarshal.Cast<byte, T>(parentBytes);
        var child = MemoryMarshal.Cast<byte, T>(result);
        var (sign, flipped) = Order<T>(kind);
        var flippedVector = new Vector<T>(flipped);
        var i = 0;
        for (; i <= child.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (z, p) = (new Vector<T>(difference[i..]), new Vector<T>(parent[i..]));
            var c = (p ^ ((p >> sign) & flippedVector)) + ((z >>> 1) ^ (Vector<T>.Zero - (z & Vector<T>.One)));
            (c ^ ((c >> sign) & flippedVector)).CopyTo(child[i..]);
        }

        for (; i < child.Length; i++)
        {
            var (z, p) = (difference[i], parent[i]);
            var c = (p ^ ((p >> sign) & flipped)) + ((z >>> 1) ^ (T.Zero - (z & T.One)));
            child[i] = c ^ ((c >> sign) & flipped);
        }
    }

    private static void Rotate<T>(ReadOnlySpan<byte> elementBytes, Span<byte> resultBytes, int bits)
        where T : unmanaged, IBinaryInteger<T>
    {
        var elements = MemoryMarshal.Cast<byte, T>(elementBytes);
        var result = MemoryMarshal.Cast<byte, T>(resultBytes);
        var rest = (8 * Unsafe.SizeOf<T>()) - bits;
        var i = 0;
        for (; i <= elements.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var v = new Vector<T>(elements[i..]);
            ((v << bits) | (v >>> rest)).CopyTo(result[i..]);
        }

        for (; i < elements.Length; i++)
        {
            result[i] = (elements[i] << bits) | (elements[i] >>> rest);
        }
    }

    /// <summary>Position of the sign, and the bits that order(x) = x ^ ((x >> sign) &amp; flipped) flips in negative elements.</summary>
    private static (int Sign, T Flipped) Order<T>(ElementKind kind)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        ((8 * Unsafe.SizeOf<T>()) - 1, kind.IsFloat() ? T.MaxValue : T.Zero);
}
