using System.Numerics;

namespace Graft.Artifacts.Delta;

/// <summary>
/// Byte planes: all first (lowest) bytes of the elements, all second bytes, and so on. Made by splitting a stream into its even and its
/// odd bytes: once for elements of 2 bytes, twice for 4, three times for 8. That leaves plane p in <see cref="Slot"/> p.
/// </summary>
internal static class BytePlanes
{
    private static ReadOnlySpan<byte> Slots4 => [0, 2, 1, 3];

    private static ReadOnlySpan<byte> Slots8 => [0, 4, 2, 6, 1, 5, 3, 7];

    /// <summary>Where a plane lies, in lengths of a plane.</summary>
    public static int Slot(int plane, int width) => width switch
    {
        4 => Slots4[plane],
        8 => Slots8[plane],
        _ => plane,
    };

    /// <summary>Whether <see cref="Join"/> takes the planes from its second span.</summary>
    public static bool JoinsFromScratch(int width) => BitOperations.Log2((uint)width) % 2 != 0;

    /// <summary>Splits elements of 1, 2, 4 or 8 bytes; both spans, equally long, are overwritten.</summary>
    /// <returns>The one of them that holds the planes.</returns>
    public static Span<byte> Split(Span<byte> elements, Span<byte> scratch, int width)
    {
        var from = elements;
        var to = scratch;
        for (var streams = 1; streams < width; streams *= 2)
        {
            var length = from.Length / streams;
            for (var i = 0; i < streams; i++)
            {
                var target = to.Slice(i * length, length);
                SplitInTwo(from.Slice(i * length, length), target[..(length / 2)], target[(length / 2)..]);
            }

            var filled = to;
            to = from;
            from = filled;
        }

        return from;
    }

    /// <summary>Undoes <see cref="Split"/>: takes the planes from one of the spans and leaves the elements in the first.</summary>
    public static void Join(Span<byte> elements, Span<byte> scratch, int width)
    {
        var from = JoinsFromScratch(width) ? scratch : elements;
        var to = JoinsFromScratch(width) ? elements : scratch;
        for (var streams = width / 2; streams > 0; streams /= 2)
        {
            var length = from.Length / streams;
            for (var i = 0; i < streams; i++)
            {
                var source = from.Slice(i * length, length);
                JoinTwo(source[..(length / 2)], source[(length / 2)..], to.Slice(i * length, length));
            }

            var filled = to;
            to = from;
            from = filled;
        }
    }

    private static void SplitInTwo(ReadOnlySpan<byte> source, Span<byte> even, Span<byte> odd)
    {
        var step = Vector<byte>.Count;
        var low = new Vector<ushort>(0x00ff);
        var i = 0;
        for (; i <= even.Length - step; i += step)
        {
            var first = new Vector<byte>(source[(2 * i)..]).As<byte, ushort>();
            var second = new Vector<byte>(source[((2 * i) + step)..]).As<byte, ushort>();
            Vector.Narrow(first & low, second & low).CopyTo(even[i..]);
            Vector.Narrow(first >>> 8, second >>> 8).CopyTo(odd[i..]);
        }

        for (; i < even.Length; i++)
        {
            even[i] = source[2 * i];
            odd[i] = source[(2 * i) + 1];
        }
    }

    private static void JoinTwo(ReadOnlySpan<byte> even, ReadOnlySpan<byte> odd, Span<byte> result)
    {
        var step = Vector<byte>.Count;
        var i = 0;
        for (; i <= even.Length - step; i += step)
        {
            Vector.Widen(new Vector<byte>(even[i..]), out var firstLow, out var secondLow);
            Vector.Widen(new Vector<byte>(odd[i..]), out var firstHigh, out var secondHigh);
            (firstLow | (firstHigh << 8)).As<ushort, byte>().CopyTo(result[(2 * i)..]);
            (secondLow | (secondHigh << 8)).As<ushort, byte>().CopyTo(result[((2 * i) + step)..]);
        }

        for (; i < even.Length; i++)
        {
            result[2 * i] = even[i];
            result[(2 * i) + 1] = odd[i];
        }
    }
}
