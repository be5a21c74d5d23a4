using System.Buffers;
using System.Buffers.Binary;
using Graft.Faults;
using ZstdSharp;

namespace Graft.Artifacts.Delta;

/// <summary>Bodies of <see cref="ChunkCodec.Planes"/> and <see cref="ChunkCodec.Difference"/>: transform, byte planes, zstd a plane.</summary>
internal static class PlaneCodec
{
    /// <summary>
    /// Planes of weights have skewed frequencies but no repetitions: level 3 takes twice the time of level 1 and, on the differences of
    /// real fine-tunings and of sparse ones, gives the same size within one percent.
    /// </summary>
    private const int Level = 1;

    private const int LengthSize = sizeof(uint);

    /// <summary>One for each thread: making one takes as long as compressing some kilobytes.</summary>
    [ThreadStatic]
    private static Compressor? _compressor;

    [ThreadStatic]
    private static Decompressor? _decompressor;

    /// <summary>Room that <see cref="Encode"/> may need for a chunk.</summary>
    public static int Bound(int rawLength, ElementKind kind) =>
        (kind.Width() * (LengthSize + Compressor.GetCompressBound(rawLength / kind.Width()))) + kind.Width();

    /// <param name="raw">The chunk.</param>
    /// <param name="parent">Equally long, or empty to encode without one.</param>
    /// <param name="kind">What the elements are.</param>
    /// <param name="body">At least <see cref="Bound"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Encode(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, ElementKind kind, Span<byte> body)
    {
        var width = kind.Width();
        var planeLength = raw.Length / width;
        var whole = planeLength * width;
        var (first, second) = (ArrayPool<byte>.Shared.Rent(whole), ArrayPool<byte>.Shared.Rent(whole));
        try
        {
            var elements = first.AsSpan(0, whole);
            Transform(raw[..whole], parent.IsEmpty ? [] : parent[..whole], kind, elements);
            var planes = BytePlanes.Split(elements, second.AsSpan(0, whole), width);
            var compressor = _compressor ??= new Compressor(Level);
            var position = width * LengthSize;
            for (var plane = 0; plane < width; plane++)
            {
                var length = compressor.Wrap(planes.Slice(BytePlanes.Slot(plane, width) * planeLength, planeLength), body[position..]);
                BinaryPrimitives.WriteInt32LittleEndian(body[(plane * LengthSize)..], length);
                position += length;
            }

            raw[whole..].CopyTo(body[position..]);
            return position + (raw.Length - whole);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(first);
            ArrayPool<byte>.Shared.Return(second);
        }
    }

    /// <param name="body">What <see cref="Encode"/> wrote, or anything.</param>
    /// <param name="parent">The same parent, or empty.</param>
    /// <param name="kind">What the elements are.</param>
    /// <param name="raw">The chunk; overwritten even when the body turns out to be malformed.</param>
    /// <exception cref="FaultException">Corrupt: the body is malformed.</exception>
    public static void Decode(ReadOnlySpan<byte> body, ReadOnlySpan<byte> parent, ElementKind kind, Span<byte> raw)
    {
        var width = kind.Width();
        var whole = raw.Length / width * width;
        var rest = raw.Length - whole;
        if (body.Length < (width * LengthSize) + rest)
        {
            throw FaultException.Corrupt($"The chunk has {body.Length} bytes behind its header; its {width} planes need more.");
        }

        var scratch = ArrayPool<byte>.Shared.Rent(whole);
        try
        {
            var elements = raw[..whole];
            var halfway = scratch.AsSpan(0, whole);
            Decompress(body[..^rest], width, BytePlanes.JoinsFromScratch(width) ? halfway : elements);
            BytePlanes.Join(elements, halfway, width);
            Restore(elements, parent.IsEmpty ? [] : parent[..whole], kind);
            body[^rest..].CopyTo(raw[whole..]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static void Transform(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, ElementKind kind, Span<byte> elements)
    {
        if (!parent.IsEmpty)
        {
            ElementTransform.Subtract(kind, raw, parent, elements);
        }
        else if (kind.IsFloat())
        {
            ElementTransform.RotateLeft(kind, raw, elements);
        }
        else
        {
            raw.CopyTo(elements);
        }
    }

    private static void Restore(Span<byte> elements, ReadOnlySpan<byte> parent, ElementKind kind)
    {
        if (!parent.IsEmpty)
        {
            ElementTransform.Add(kind, elements, parent, elements);
        }
        else if (kind.IsFloat())
        {
            ElementTransform.RotateRight(kind, elements, elements);
        }
    }

    private static void Decompress(ReadOnlySpan<byte> body, int width, Span<byte> planes)
    {
        var planeLength = planes.Length / width;
        var decompressor = _decompressor ??= new Decompressor();
        var position = width * LengthSize;
        for (var plane = 0; plane < width; plane++)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(body[(plane * LengthSize)..]);
            if (length > body.Length - position)
            {
                throw FaultException.Corrupt($"Plane {plane} of the chunk says it has {length} bytes; {body.Length - position} are left.");
            }

            var target = planes.Slice(BytePlanes.Slot(plane, width) * planeLength, planeLength);
            Decompress(decompressor, body.Slice(position, (int)length), plane, target);
            position += (int)length;
        }

        if (position != body.Length)
        {
            throw FaultException.Corrupt($"{body.Length - position} bytes follow the last plane of the chunk.");
        }
    }

    private static void Decompress(Decompressor decompressor, ReadOnlySpan<byte> frame, int plane, Span<byte> target)
    {
        try
        {
            var length = decompressor.Unwrap(frame, target);
            if (length != target.Length)
            {
                throw FaultException.Corrupt($"Plane {plane} of the chunk has {length} bytes decompressed; {target.Length} are expected.");
            }
        }
        catch (ZstdException exception)
        {
            throw FaultException.Corrupt(
                $"Plane {plane} of the chunk is no zstd frame of {target.Length} bytes: {exception.Message}", exception);
        }
    }
}
