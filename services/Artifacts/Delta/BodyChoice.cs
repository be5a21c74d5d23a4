using System.Buffers;
using Graft.Artifacts.Delta.Entropy;

namespace Graft.Artifacts.Delta;

/// <summary>Finds the codec that makes a chunk smallest, without trying all of them on all of it.</summary>
internal static class BodyChoice
{
    /// <param name="Codec">How a body is encoded.</param>
    /// <param name="Length">Bytes it has.</param>
    internal readonly record struct Body(ChunkCodec Codec, int Length);

    /// <summary>Zstd sees repetitions, which entropy coding does not. Whether there are any is tried on so many pieces of the chunk ...</summary>
    private const int Pieces = 4;

    /// <summary>... of this share of it each ...</summary>
    private const int PieceShare = 512;

    /// <summary>... but no smaller than this.</summary>
    private const int MinPiece = 512;

    /// <param name="raw">The chunk.</param>
    /// <param name="dtype">Its element type, or null.</param>
    /// <param name="parent">Equally long, or empty.</param>
    /// <param name="body">Equally long.</param>
    /// <returns>What was written: the codec and the bytes of its body.</returns>
    public static Body Write(
        ReadOnlySpan<byte> raw, DType? dtype, ReadOnlySpan<byte> parent, Span<byte> body)
    {
        if (!parent.IsEmpty && raw.SequenceEqual(parent))
        {
            return new Body(ChunkCodec.Same, 0);
        }

        var kind = ElementKinds.Of(dtype);
        var scratch = ArrayPool<byte>.Shared.Rent(PlaneCodec.Bound(raw.Length, kind));
        try
        {
            var best = FloatLayout.Of(dtype) is { } layout ? WriteEntropy(raw, parent, layout, body, scratch) : new Body(ChunkCodec.Raw, raw.Length);
            best = WritePlanes(raw, parent, kind, best, body, scratch);
            if (best.Codec == ChunkCodec.Raw)
            {
                raw.CopyTo(body);
            }

            return best;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static Body WriteEntropy(
        ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, FloatLayout layout, Span<byte> body, Span<byte> scratch)
    {
        var update = parent.IsEmpty ? -1 : EntropyEncoder.Encode(raw, parent, layout, body);
        if (update >= 0 && HasWon(update, raw.Length))
        {
            return new Body(ChunkCodec.Update, update);
        }

        var alone = EntropyEncoder.Encode(raw, [], layout, scratch[..(update < 0 ? raw.Length : update)]);
        if (alone < 0)
        {
            return update < 0 ? new Body(ChunkCodec.Raw, raw.Length) : new Body(ChunkCodec.Update, update);
        }

        scratch[..alone].CopyTo(body);
        return new Body(ChunkCodec.Exponents, alone);
    }

    private static Body WritePlanes(
        ReadOnlySpan<byte> raw,
        ReadOnlySpan<byte> parent,
        ElementKind kind,
        Body best,
        Span<byte> body,
        Span<byte> scratch)
    {
        if (!parent.IsEmpty && best.Codec != ChunkCodec.Exponents && IsWorthTrying(raw, parent, kind, best, scratch))
        {
            best = Smaller(best, new Body(ChunkCodec.Difference, PlaneCodec.Encode(raw, parent, kind, scratch)), body, scratch);
        }

        return best.Codec != ChunkCodec.Update && !(best.Codec == ChunkCodec.Difference && HasWon(best.Length, raw.Length))
            && IsWorthTrying(raw, [], kind, best, scratch)
            ? Smaller(best, new Body(ChunkCodec.Planes, PlaneCodec.Encode(raw, [], kind, scratch)), body, scratch)
            : best;
    }

    /// <summary>Whether planes come near the best body so far on some pieces of the chunk.</summary>
    private static bool IsWorthTrying(
        ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, ElementKind kind, Body best, Span<byte> scratch)
    {
        var piece = Math.Max(MinPiece, raw.Length / PieceShare / sizeof(long) * sizeof(long));
        if (best.Codec is not (ChunkCodec.Update or ChunkCodec.Exponents) || raw.Length <= Pieces * piece)
        {
            return true;
        }

        var length = Pieces * piece;
        var sample = ArrayPool<byte>.Shared.Rent(2 * length);
        try
        {
            Sample(raw, piece, sample);
            Sample(parent, piece, sample.AsSpan(length));
            var planes = PlaneCodec.Encode(sample.AsSpan(0, length), sample.AsSpan(length, parent.IsEmpty ? 0 : length), kind, scratch);
            return (long)planes * raw.Length < (long)best.Length * length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sample);
        }
    }

    private static void Sample(ReadOnlySpan<byte> bytes, int piece, Span<byte> sample)
    {
        var stride = bytes.Length / Pieces / sizeof(long) * sizeof(long);
        for (var i = 0; i < Pieces && !bytes.IsEmpty; i++)
        {
            bytes.Slice(i * stride, piece).CopyTo(sample[(i * piece)..]);
        }
    }

    private static Body Smaller(
        Body best, Body other, Span<byte> body, ReadOnlySpan<byte> scratch)
    {
        if (other.Length >= best.Length)
        {
            return best;
        }

        scratch[..other.Length].CopyTo(body);
        return other;
    }

    /// <summary>Weights alone hardly ever get below two thirds (their mantissas are noise): then a difference this small has won.</summary>
    private static bool HasWon(int length, int rawLength) => length <= rawLength / 8 * 5;
}
