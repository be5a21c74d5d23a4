using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// Bodies of <see cref="ChunkCodec.Exponents"/> and <see cref="ChunkCodec.Update"/>: values of the elements, their buckets coded by an
/// asymmetric numeral system in the context of the parent's exponent and of how far the block moved.
/// </summary>
internal static class EntropyEncoder
{
    private const int MaxSymbols = ContextMap.Indexes * (Buckets.MaxCount + 8);

    /// <param name="raw">The chunk.</param>
    /// <param name="parent">Equally long, or empty to encode without one.</param>
    /// <param name="layout">What the elements are; which of their bits are dropped is found here.</param>
    /// <param name="body">At most as long as the chunk.</param>
    /// <returns>Bytes written, or -1 if there is not enough room.</returns>
    public static int Encode(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, FloatLayout layout, Span<byte> body)
    {
        var whole = raw.Length / layout.Width * layout.Width;
        var rest = raw[whole..];
        if (whole == 0 || body.Length < rest.Length)
        {
            return -1;
        }

        layout = layout with { Dropped = ZeroBits.Count(raw[..whole], parent.IsEmpty ? [] : parent[..whole], layout) };
        var room = body[..^rest.Length];
        var written = layout switch
        {
            { IsHalved: true } => EncodeHalves(raw[..whole], parent.IsEmpty ? [] : parent[..whole], layout, room),
            { Width: 2 } => Encode(
                MemoryMarshal.Cast<byte, ushort>(raw), MemoryMarshal.Cast<byte, ushort>(parent), layout, room),
            _ => Encode(MemoryMarshal.Cast<byte, uint>(raw), MemoryMarshal.Cast<byte, uint>(parent), layout, room),
        };
        if (written < 0)
        {
            return -1;
        }

        rest.CopyTo(body[written..]);
        return written + rest.Length;
    }

    private static int EncodeHalves(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, FloatLayout layout, Span<byte> body)
    {
        var elements = raw.Length / layout.Width;
        var halves = ArrayPool<ushort>.Shared.Rent(2 * elements);
        try
        {
            var child = halves.AsSpan(0, elements);
            var from = halves.AsSpan(elements, parent.IsEmpty ? 0 : elements);
            Halves.Take(raw, child);
            Halves.Take(parent, from);
            return Encode<ushort>(child, from, layout, body);
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(halves);
        }
    }

    private static int Encode<T>(ReadOnlySpan<T> child, ReadOnlySpan<T> parent, FloatLayout layout, Span<byte> body)
        where T : unmanaged, IBinaryInteger<T>
    {
        var blocks = BlockClasses.Count(child.Length);
        var (values, symbols) = (ArrayPool<T>.Shared.Rent(child.Length), ArrayPool<ushort>.Shared.Rent(child.Length));
        var classes = ArrayPool<byte>.Shared.Rent(blocks);
        var observed = ArrayPool<int>.Shared.Rent(MaxSymbols);
        try
        {
            var plan = new EntropyPlan<T>
            {
                Values = values.AsSpan(0, child.Length),
                Symbols = symbols.AsSpan(0, child.Length),
                Observed = observed.AsSpan(0, MaxSymbols),
                Model = new EntropyModel
                {
                    IsUpdate = !parent.IsEmpty,
                    Layout = layout,
                    TableLog = TableLog(child.Length, parent.IsEmpty),
                    Classes = classes.AsSpan(0, blocks),
                    Levels = stackalloc byte[ContextMap.MaxContexts * Buckets.MaxCount],
                },
            };
            EntropyAnalysis.Run(child, parent, ref plan);
            return Write(ref plan, body);
        }
        finally
        {
            ArrayPool<T>.Shared.Return(values);
            ArrayPool<ushort>.Shared.Return(symbols);
            ArrayPool<byte>.Shared.Return(classes);
            ArrayPool<int>.Shared.Return(observed);
        }
    }

    /// <summary>
    /// Larger tables are more exact and more expensive: ten contexts of 2^10 states just leave the first-level cache, and a small chunk
    /// cannot pay for building them. Alone there are few contexts, many buckets, and little to gain but exactness.
    /// </summary>
    private static int TableLog(int elements, bool isAlone) => isAlone ? 11 : elements < 1 << 16 ? 9 : 10;

    private static int Write<T>(ref EntropyPlan<T> plan, Span<byte> body)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (contexts, log) = (plan.Model.Map.Contexts, plan.Model.TableLog);
        var states = ArrayPool<ushort>.Shared.Rent((contexts + 1) << log);
        var entries = ArrayPool<ulong>.Shared.Rent(MaxSymbols);
        var written = ArrayPool<byte>.Shared.Rent(
            EntropyModel.Bound(plan.Model.Classes.Length) + (AnsDecoder.Streams * AnsEncoder.StreamRoom(plan.Values.Length, Unsafe.SizeOf<T>())));
        try
        {
            var bits = BuildTables(ref plan, states, entries);
            var modelLength = plan.Model.Write(written);
            if (modelLength + EntropyDecoder.StreamsHeader + (bits / 8) >= body.Length)
            {
                return -1;
            }

            written.AsSpan(0, modelLength).CopyTo(body);
            Span<StreamPlace> streams = stackalloc StreamPlace[AnsDecoder.Streams];
            var room = written.AsSpan(0, AnsDecoder.Streams * AnsEncoder.StreamRoom(plan.Values.Length, Unsafe.SizeOf<T>()));
            AnsEncoder.Encode<T>(plan.Values, plan.Symbols, new AnsEncoderTables(entries, states, log), room, streams);
            var length = WriteStreams(room, streams, body[modelLength..]);
            return length < 0 ? -1 : modelLength + length;
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(states);
            ArrayPool<ulong>.Shared.Return(entries);
            ArrayPool<byte>.Shared.Return(written);
        }
    }

    /// <returns>Bits of the streams, about.</returns>
    private static long BuildTables<T>(ref EntropyPlan<T> plan, Span<ushort> states, Span<ulong> entries)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (log, rule, bits) = (plan.Model.TableLog, plan.Model.Buckets, 0L);
        Span<byte> contexts = stackalloc byte[ContextMap.Indexes];
        plan.Model.Map.FillTable(contexts);
        Span<int> counts = stackalloc int[rule.Count];
        for (var u = 0; u < ContextMap.Indexes; u++)
        {
            var observed = plan.Observed.Slice(u * rule.Stride, counts.Length);
            var own = entries.Slice(u * rule.Stride, counts.Length);
            if (u > 0 && contexts[u] == contexts[u - 1])
            {
                entries.Slice((u - 1) * rule.Stride, counts.Length).CopyTo(own);
                continue;
            }

            var context = contexts[u];
            if (u != ContextMap.ZeroIndex)
            {
                Frequencies.Quantize(observed, log, plan.Model.Levels.Slice(context * Buckets.MaxCount, counts.Length));
            }

            plan.Model.Count(context, counts);
            AnsTables.BuildEncoder(counts, rule, log, context << log, states[(context << log)..], own);
            bits += Bits(observed, counts, rule, log);
        }

        return bits;
    }

    private static long Bits(ReadOnlySpan<int> observed, ReadOnlySpan<int> counts, Buckets rule, int log)
    {
        var bits = 0L;
        for (var bucket = 0; bucket < observed.Length; bucket++)
        {
            if (observed[bucket] > 0)
            {
                var each = ((log + rule.ExtraBits(bucket)) << FixedLog2.Fraction) - FixedLog2.Of((ulong)counts[bucket]);
                bits += (long)observed[bucket] * each;
            }
        }

        return bits >> FixedLog2.Fraction;
    }

    private static int WriteStreams(ReadOnlySpan<byte> room, ReadOnlySpan<StreamPlace> streams, Span<byte> target)
    {
        var position = EntropyDecoder.StreamsHeader;
        for (var i = 0; i < AnsDecoder.Streams; i++)
        {
            var stream = room[streams[i].Begin..streams[i].End];
            if (position + stream.Length > target.Length)
            {
                return -1;
            }

            if (i < AnsDecoder.Streams - 1)
            {
                (target[3 * i], target[(3 * i) + 1], target[(3 * i) + 2]) =
                    ((byte)stream.Length, (byte)(stream.Length >> 8), (byte)(stream.Length >> 16));
            }

            BinaryPrimitives.WriteUInt16LittleEndian(
                target[(9 + (2 * i))..], (ushort)((streams[i].State << 3) | streams[i].Skipped));
            stream.CopyTo(target[position..]);
            position += stream.Length;
        }

        return position;
    }
}
