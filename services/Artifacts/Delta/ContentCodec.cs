using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Graft.Faults;

namespace Graft.Artifacts.Delta;

/// <summary>
/// Lossless encoding of a chunk of a content, alone or as its difference from the same chunk of a parent. The bytes are specified in
/// README.md beside this file. Safe on hostile bytes: decoding writes nothing but the span it is given and needs, besides that span,
/// as much memory again and the constant state of zstd.
/// </summary>
public static class ContentCodec
{
    /// <summary>Bytes of the longest chunk.</summary>
    public const int MaxChunkSize = 4 << 20;

    /// <summary>Bytes an encoded chunk has more than its raw bytes, at most.</summary>
    public const int MaxOverhead = HeaderSize;

    private const int HeaderSize = 6;

    /// <param name="raw">At most <see cref="MaxChunkSize"/> bytes; need not be whole elements.</param>
    /// <param name="dtype">Element type, or null for bytes of any meaning. It changes the size only.</param>
    /// <param name="parent">Similar bytes, equally many, that decoding will have again; empty for none.</param>
    /// <returns>The smallest of the encodings tried; it has been decoded and compared.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> raw, DType? dtype, ReadOnlySpan<byte> parent)
    {
        CheckLengths(raw.Length, parent.Length);
        var encoded = Smallest(raw, ElementKinds.Of(dtype), parent);
        Verify(encoded, parent, raw);
        return encoded;
    }

    /// <param name="encoded">What <see cref="Encode"/> returned, or anything.</param>
    /// <param name="parent">The parent given to <see cref="Encode"/>; another one gives other bytes. Ignored where it is not needed.</param>
    /// <param name="raw">As long as the chunk; its content is undefined after a fault.</param>
    /// <exception cref="FaultException">Corrupt: the bytes are malformed, of another length, or need a parent where none is given.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> parent, Span<byte> raw)
    {
        CheckLengths(raw.Length, parent.Length);
        var (codec, kind) = ReadHeader(encoded, raw.Length);
        var body = encoded[HeaderSize..];
        if (codec is ChunkCodec.Same or ChunkCodec.Difference && parent.IsEmpty)
        {
            throw FaultException.Corrupt("The chunk is encoded against a parent, but none is given.");
        }

        switch (codec)
        {
            case ChunkCodec.Raw:
                CheckBody(body.Length, raw.Length);
                body.CopyTo(raw);
                break;
            case ChunkCodec.Same:
                CheckBody(body.Length, 0);
                parent.CopyTo(raw);
                break;
            case ChunkCodec.Planes:
                PlaneCodec.Decode(body, [], kind, raw);
                break;
            case ChunkCodec.Difference:
                PlaneCodec.Decode(body, parent, kind, raw);
                break;
        }
    }

    private static byte[] Smallest(ReadOnlySpan<byte> raw, ElementKind kind, ReadOnlySpan<byte> parent)
    {
        if (!parent.IsEmpty && raw.SequenceEqual(parent))
        {
            return WithHeader(ChunkCodec.Same, 0, raw.Length, []);
        }

        var bound = PlaneCodec.Bound(raw.Length, kind);
        var (difference, alone) = (ArrayPool<byte>.Shared.Rent(bound), ArrayPool<byte>.Shared.Rent(bound));
        try
        {
            var differenceLength = parent.IsEmpty ? int.MaxValue : PlaneCodec.Encode(raw, parent, kind, difference);

            // Weights alone hardly ever get below two thirds (their mantissas are noise): then a difference this small has won.
            var aloneLength = differenceLength <= raw.Length / 8 * 5 ? int.MaxValue : PlaneCodec.Encode(raw, [], kind, alone);
            return Math.Min(differenceLength, aloneLength) >= raw.Length
                ? WithHeader(ChunkCodec.Raw, 0, raw.Length, raw)
                : differenceLength <= aloneLength
                    ? WithHeader(ChunkCodec.Difference, kind, raw.Length, difference.AsSpan(0, differenceLength))
                    : WithHeader(ChunkCodec.Planes, kind, raw.Length, alone.AsSpan(0, aloneLength));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(difference);
            ArrayPool<byte>.Shared.Return(alone);
        }
    }

    /// <summary>A fault of codec, compressor or memory must show now, while the weights are here, and not on the day they are read.</summary>
    private static void Verify(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> parent, ReadOnlySpan<byte> raw)
    {
        var decoded = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            Decode(encoded, parent, decoded.AsSpan(0, raw.Length));
            if (!raw.SequenceEqual(decoded.AsSpan(0, raw.Length)))
            {
                throw new UnreachableException("An encoded chunk does not decode to its bytes.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    private static byte[] WithHeader(ChunkCodec codec, ElementKind kind, int rawLength, ReadOnlySpan<byte> body)
    {
        var encoded = new byte[HeaderSize + body.Length];
        encoded[0] = (byte)codec;
        encoded[1] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(encoded.AsSpan(2), rawLength);
        body.CopyTo(encoded.AsSpan(HeaderSize));
        return encoded;
    }

    private static (ChunkCodec Codec, ElementKind Kind) ReadHeader(ReadOnlySpan<byte> encoded, int rawLength)
    {
        if (encoded.Length < HeaderSize)
        {
            throw FaultException.Corrupt($"The chunk has {encoded.Length} bytes; its header alone has {HeaderSize}.");
        }

        var (codec, kind) = ((ChunkCodec)encoded[0], (ElementKind)encoded[1]);
        if (!Enum.IsDefined(codec))
        {
            throw FaultException.Corrupt($"The codec {encoded[0]} of the chunk is unknown; a newer version of Graft may have written it.");
        }

        var isPlain = codec is ChunkCodec.Raw or ChunkCodec.Same;
        if (isPlain ? kind != 0 : !Enum.IsDefined(kind))
        {
            throw FaultException.Corrupt($"The element kind {encoded[1]} of the chunk is unknown.");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(encoded[2..]);
        return length == (uint)rawLength
            ? (codec, kind)
            : throw FaultException.Corrupt($"The chunk says it holds {length} bytes; {rawLength} are expected.");
    }

    private static void CheckBody(int length, int expected)
    {
        if (length != expected)
        {
            throw FaultException.Corrupt($"{length} bytes follow the header of the chunk; {expected} are expected.");
        }
    }

    private static void CheckLengths(int raw, int parent)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(raw, MaxChunkSize);
        if (parent != 0)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(parent, raw);
        }
    }
}
