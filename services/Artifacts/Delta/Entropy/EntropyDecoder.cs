using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Graft.Faults;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Decodes the bodies that <see cref="EntropyEncoder"/> writes.</summary>
internal static class EntropyDecoder
{
    /// <summary>Bytes of the lengths of three streams and the starts of four.</summary>
    public const int StreamsHeader = (3 * 3) + (AnsDecoder.Streams * sizeof(ushort));

    private const int Tile = AnsDecoder.Tile;

    /// <param name="body">What the encoder wrote, or anything.</param>
    /// <param name="parent">The same parent, or empty.</param>
    /// <param name="width">Bytes of an element: 2 or 4.</param>
    /// <param name="raw">The chunk; overwritten even when the body turns out to be malformed.</param>
    /// <exception cref="FaultException">Corrupt: the body is malformed.</exception>
    public static void Decode(ReadOnlySpan<byte> body, ReadOnlySpan<byte> parent, int width, Span<byte> raw)
    {
        var elements = raw.Length / width;
        var rest = raw.Length - (elements * width);
        if (body.Length < rest || body.Length > raw.Length)
        {
            throw FaultException.Corrupt($"The chunk has {body.Length} bytes behind its header; {rest} to {raw.Length} are possible.");
        }

        var blocks = BlockClasses.Count(elements);
        var classes = ArrayPool<byte>.Shared.Rent(blocks);
        try
        {
            var model = new EntropyModel
            {
                IsUpdate = !parent.IsEmpty,
                Classes = classes.AsSpan(0, blocks),
                Levels = stackalloc byte[ContextMap.MaxContexts * Buckets.MaxCount],
            };
            var read = model.Read(body[..^rest], width);
            DecodeValues(model, body[read..^rest], parent, raw[..(elements * width)]);
            body[^rest..].CopyTo(raw[(elements * width)..]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(classes);
        }
    }

    private static void DecodeValues(in EntropyModel model, ReadOnlySpan<byte> streams, ReadOnlySpan<byte> parent, Span<byte> raw)
    {
        var size = (model.Map.Contexts + 1) << model.TableLog;
        var entries = ArrayPool<ulong>.Shared.Rent(size);
        try
        {
            var buckets = model.Buckets;
            Span<int> counts = stackalloc int[buckets.Count];
            for (var context = 0; context <= model.Map.Contexts; context++)
            {
                model.Count(context, counts);
                AnsTables.BuildDecoder(
                    counts, buckets, model.TableLog, entries.AsSpan(context << model.TableLog, 1 << model.TableLog));
            }

            if (model.Layout.CodedWidth == 2)
            {
                DecodeTiles<ushort>(model, entries.AsSpan(0, size), streams, parent, raw);
            }
            else
            {
                DecodeTiles<uint>(model, entries.AsSpan(0, size), streams, parent, raw);
            }
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(entries);
        }
    }

    [SkipLocalsInit]
    private static void DecodeTiles<T>(
        in EntropyModel model, ReadOnlySpan<ulong> entries, ReadOnlySpan<byte> streams, ReadOnlySpan<byte> parent, Span<byte> raw)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<int> ends = stackalloc int[AnsDecoder.Streams];
        var decoder = Start(streams, entries, model.TableLog, ends);
        Span<byte> contexts = stackalloc byte[ContextMap.Indexes];
        model.Map.FillTable(contexts);
        Span<byte> indexes = stackalloc byte[Tile];
        Span<byte> buffer = stackalloc byte[AnsDecoder.BufferSize<T>()];
        var values = MemoryMarshal.Cast<byte, T>(buffer)[..Tile];
        var tables = MemoryMarshal.Cast<byte, T>(buffer)[Tile..];
        Span<T> narrowed = stackalloc T[Tile];
        var (layout, elements) = (model.Layout, raw.Length / model.Layout.Width);
        for (var begin = 0; begin < elements; begin += Tile)
        {
            var length = Math.Min(Tile, elements - begin);
            var bytes = raw.Slice(begin * layout.Width, length * layout.Width);
            var parentElements = Elements(parent.IsEmpty ? [] : parent.Slice(begin * layout.Width, bytes.Length), layout, narrowed);
            ContextMap.Index(parentElements, layout, model.Classes[(begin / BlockClasses.Size)..], model.Map.Origin, indexes[..length]);
            ContextMap.Translate(contexts, model.TableLog, indexes[..length], tables);
            decoder.Decode<T>(buffer, length);
            Restore(values[..length], parentElements, layout, bytes);
        }

        for (var stream = 0; stream < AnsDecoder.Streams; stream++)
        {
            if (!decoder.HasEnded(stream, ends[stream]))
            {
                throw FaultException.Corrupt($"Stream {stream} of the chunk does not end where its values do.");
            }
        }
    }

    /// <summary>Elements as the coder's integers: themselves, or their high halves.</summary>
    private static ReadOnlySpan<T> Elements<T>(ReadOnlySpan<byte> bytes, FloatLayout layout, Span<T> narrowed)
        where T : unmanaged
    {
        if (!layout.IsHalved)
        {
            return MemoryMarshal.Cast<byte, T>(bytes);
        }

        var halves = narrowed[..(bytes.Length / layout.Width)];
        Halves.Take(bytes, MemoryMarshal.Cast<T, ushort>(halves));
        return halves;
    }

    private static void Restore<T>(Span<T> values, ReadOnlySpan<T> parent, FloatLayout layout, Span<byte> bytes)
        where T : unmanaged, IBinaryInteger<T>
    {
        var elements = layout.IsHalved ? values : MemoryMarshal.Cast<byte, T>(bytes);
        if (parent.IsEmpty)
        {
            Residuals.RotateBack<T>(values, layout.CodedDropped, elements);
        }
        else
        {
            Residuals.Add(values, parent, layout.CodedDropped, elements);
        }

        if (layout.IsHalved)
        {
            Halves.Put(MemoryMarshal.Cast<T, ushort>(elements), bytes);
        }
    }

    /// <param name="bytes">Lengths, starts, streams.</param>
    /// <param name="entries">The decoder's tables.</param>
    /// <param name="log">Of the states of a table.</param>
    /// <param name="ends">Set: the bit behind the last of each stream.</param>
    private static AnsDecoder Start(ReadOnlySpan<byte> bytes, ReadOnlySpan<ulong> entries, int log, Span<int> ends)
    {
        if (bytes.Length < StreamsHeader)
        {
            throw FaultException.Corrupt($"The chunk ends after its model; {StreamsHeader} bytes must follow.");
        }

        var streams = bytes[StreamsHeader..];
        var decoder = new AnsDecoder(streams, entries);
        var begin = 0;
        for (var i = 0; i < AnsDecoder.Streams; i++)
        {
            var length = i == AnsDecoder.Streams - 1 ? streams.Length - begin : Length(bytes[(3 * i)..]);
            var start = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(9 + (2 * i))..]);
            if (length > streams.Length - begin || start >> 3 >= 1 << log)
            {
                throw FaultException.Corrupt($"Stream {i} of the chunk says it has {length} bytes and begins in state {start >> 3}.");
            }

            decoder.Start(i, (8 * begin) + (start & 7), start >> 3);
            begin += length;
            ends[i] = 8 * begin;
        }

        return decoder;
    }

    private static int Length(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
