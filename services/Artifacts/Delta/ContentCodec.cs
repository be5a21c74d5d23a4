using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Graft.Artifacts.Delta.Entropy;
using Graft.Faults;

namespace Graft.Artifacts.Delta;

/// <summary>
/// Lossless encoding of a chunk of a content, alone or as its difference from the same chunk of a parent. The bytes are specified in
/// README.md beside this file. Safe on hostile bytes: decoding writes nothing but the span it is given and needs, besides that span,
/// as much memory again at most and the constant state of a decoder.
/// </summary>
public static class ContentCodec
{
    /// <summary>Bytes of the longest chunk.</summary>
    public const int MaxChunkSize = 4 << 20;

    /// <summary>Bytes an encoded chunk has more than its raw bytes, at most.</summary>
    public const int MaxOverhead = HeaderSize;

    private const int HeaderSize = 6;

    /// <summary>Encodes into an array of its own.</summary>
    /// <param name="raw">At most <see cref="MaxChunkSize"/> bytes; need not be whole elements.</param>
    /// <param name="dtype">Element type, or null for bytes of any meaning. It changes the size only.</param>
    /// <param name="parent">Similar bytes, equally many, that decoding will have again; empty for none.</param>
    /// <returns>The smallest of the encodings tried; it has been decoded and compared.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> raw, DType? dtype, ReadOnlySpan<byte> parent)
    {
        CheckLengths(raw.Length, parent.Length);
        var encoded = ArrayPool<byte>.Shared.Rent(raw.Length + MaxOverhead);
        try
        {
            return encoded.AsSpan(0, Encode(raw, dtype, parent, encoded)).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>The same into the caller's room.</summary>
    /// <param name="raw">At most <see cref="MaxChunkSize"/> bytes; need not be whole elements.</param>
    /// <param name="dtype">Element type, or null for bytes of any meaning. It changes the size only.</param>
    /// <param name="parent">Similar bytes, equally many, that decoding will have again; empty for none.</param>
    /// <param name="encoded">At least <see cref="MaxOverhead"/> bytes longer than the raw ones; must not overlap them.</param>
    /// <returns>Bytes written; they have been decoded and compared.</returns>
    public static int Encode(ReadOnlySpan<byte> raw, DType? dtype, ReadOnlySpan<byte> parent, Span<byte> encoded)
    {
        var length = EncodeUnverified(raw, dtype, parent, encoded);
        Verify(encoded[..length], parent, raw);
        return length;
    }

    /// <param name="encoded">What <see cref="Encode(ReadOnlySpan{byte}, DType?, ReadOnlySpan{byte})"/> returned, or anything.</param>
    /// <param name="parent">The parent given to <see cref="Encode(ReadOnlySpan{byte}, DType?, ReadOnlySpan{byte})"/>; another one gives other bytes. Ignored where it is not needed.</param>
    /// <param name="raw">As long as the chunk; its content is undefined after a fault.</param>
    /// <exception cref="FaultException">Corrupt: the bytes are malformed, of another length, or need a parent where none is given.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> parent, Span<byte> raw)
    {
        CheckLengths(raw.Length, parent.Length);
        var (codec, kind) = ReadHeader(encoded, raw.Length);
        var body = encoded[HeaderSize..];
        if (codec is ChunkCodec.Same or ChunkCodec.Difference or ChunkCodec.Update && parent.IsEmpty)
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
            case ChunkCodec.Exponents:
                EntropyDecoder.Decode(body, [], kind.Width(), raw);
                break;
            case ChunkCodec.Update:
                EntropyDecoder.Decode(body, parent, kind.Width(), raw);
                break;
        }
    }

    /// <summary>What <see cref="Encode(ReadOnlySpan{byte}, DType?, ReadOnlySpan{byte}, Span{byte})"/> does before it verifies; apart for measurements.</summary>
    internal static int EncodeUnverified(ReadOnlySpan<byte> raw, DType? dtype, ReadOnlySpan<byte> parent, Span<byte> encoded)
    {
        CheckLengths(raw.Length, parent.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(encoded.Length, raw.Length + MaxOverhead);
        var (codec, length) = BodyChoice.Write(raw, dtype, parent, encoded.Slice(HeaderSize, raw.Length));
        encoded[0] = (byte)codec;
        encoded[1] = codec is ChunkCodec.Raw or ChunkCodec.Same ? (byte)0 : (byte)ElementKinds.Of(dtype);
        BinaryPrimitives.WriteInt32LittleEndian(encoded[2..], raw.Length);
        return HeaderSize + length;
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

        var isKnown = codec switch
        {
            ChunkCodec.Raw or ChunkCodec.Same => kind == 0,
            ChunkCodec.Exponents or ChunkCodec.Update => kind is ElementKind.Float16 or ElementKind.Float32,
            _ => Enum.IsDefined(kind),
        };
        if (!isKnown)
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
