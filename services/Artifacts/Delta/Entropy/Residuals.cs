using System.Numerics;
using System.Runtime.CompilerServices;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// Reversible maps between elements of W bits, of which the lowest are zero and dropped, and values of n = W - dropped bits. Spans are
/// equally long.
/// </summary>
internal static class Residuals
{
    /// <summary>
    /// Value of a child given its parent: the highest bit says that the sign flipped, the others hold zigzag(|child| - |parent|), modulo
    /// 2^(n-1), of the magnitudes as integers. Growth and shrinkage of either sign look alike this way, and a small weight that changes
    /// its sign stays near.
    /// </summary>
    public static void Subtract<T>(ReadOnlySpan<T> child, ReadOnlySpan<T> parent, int dropped, Span<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        var sign = (8 * Unsafe.SizeOf<T>()) - 1;
        var top = T.One << sign;
        var topVector = new Vector<T>(top);
        var i = 0;
        for (; i <= child.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (c, p) = (new Vector<T>(child[i..]), new Vector<T>(parent[i..]));
            var twice = (c << 1) - (p << 1);
            var folded = twice ^ (Vector<T>.Zero - (twice >>> sign));
            ((folded | ((c ^ p) & topVector)) >>> dropped).CopyTo(values[i..]);
        }

        for (; i < child.Length; i++)
        {
            var (c, p) = (child[i], parent[i]);
            var twice = (c << 1) - (p << 1);
            var folded = twice ^ (T.Zero - (twice >>> sign));
            values[i] = (folded | ((c ^ p) & top)) >>> dropped;
        }
    }

    /// <summary>Undoes <see cref="Subtract"/>.</summary>
    public static void Add<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> parent, int dropped, Span<T> child)
        where T : unmanaged, IBinaryInteger<T>
    {
        var top = T.One << ((8 * Unsafe.SizeOf<T>()) - 1);
        var topVector = new Vector<T>(top);
        var i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (v, p) = (new Vector<T>(values[i..]), new Vector<T>(parent[i..]));
            var aligned = v << dropped;
            var twice = Vector.AndNot(aligned, topVector) ^ ((Vector<T>.Zero - (v & Vector<T>.One)) << dropped);
            ((((p << 1) + twice) >>> 1) | ((p ^ aligned) & topVector)).CopyTo(child[i..]);
        }

        for (; i < values.Length; i++)
        {
            var (v, p) = (values[i], parent[i]);
            var aligned = v << dropped;
            var twice = (aligned & ~top) ^ ((T.Zero - (v & T.One)) << dropped);
            child[i] = (((p << 1) + twice) >>> 1) | ((p ^ aligned) & top);
        }
    }

    /// <summary>Value of an element alone: the sign becomes the lowest bit, so that the exponent is the highest.</summary>
    public static void Rotate<T>(ReadOnlySpan<T> elements, int dropped, Span<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        var sign = (8 * Unsafe.SizeOf<T>()) - 1;
        var i = 0;
        for (; i <= elements.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var x = new Vector<T>(elements[i..]);
            (((x << 1) >>> dropped) | (x >>> sign)).CopyTo(values[i..]);
        }

        for (; i < elements.Length; i++)
        {
            values[i] = ((elements[i] << 1) >>> dropped) | (elements[i] >>> sign);
        }
    }

    /// <summary>Undoes <see cref="Rotate"/>.</summary>
    public static void RotateBack<T>(ReadOnlySpan<T> values, int dropped, Span<T> elements)
        where T : unmanaged, IBinaryInteger<T>
    {
        var sign = (8 * Unsafe.SizeOf<T>()) - 1;
        var i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var v = new Vector<T>(values[i..]);
            ((Vector.AndNot(v, Vector<T>.One) << dropped >>> 1) | (v << sign)).CopyTo(elements[i..]);
        }

        for (; i < values.Length; i++)
        {
            elements[i] = ((values[i] & ~T.One) << dropped >>> 1) | (values[i] << sign);
        }
    }
}
