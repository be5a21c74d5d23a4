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
    private const int Tile = 4096;

    private const int MaxSymbols = ContextMap.Indexes * (Buckets.MaxCount + 8);

    /// <summary>Every so many elements one is looked at to find the usual exponents.</summary>
    private const int SampleStride = 16;

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

        layout = layout with { Dropped = Dropped(raw[..whole], parent.IsEmpty ? [] : parent[..whole], layout) };
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

    /// <summary>How many low bits no element has.</summary>
    private static int Dropped(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> parent, FloatLayout layout)
    {
        // Far fewer are looked at where the first ones already have all bits.
        const int First = 4096;
        var bits = Union(raw[..Math.Min(First, raw.Length)], layout.Width) | Union(parent[..Math.Min(First, parent.Length)], layout.Width);
        if ((bits & 1) == 0)
        {
            bits |= Union(raw, layout.Width) | Union(parent, layout.Width);
        }

        return Math.Min(BitOperations.TrailingZeroCount(bits), layout.MaxDropped);
    }

    private static uint Union(ReadOnlySpan<byte> bytes, int width)
    {
        var union = Vector<byte>.Zero;
        var i = 0;
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            union |= new Vector<byte>(bytes[i..]);
        }

        Span<byte> element = stackalloc byte[sizeof(uint)];
        element.Clear();
        for (var lane = 0; lane < Vector<byte>.Count; lane++)
        {
            element[lane % width] |= union[lane];
        }

        for (; i < bytes.Length; i++)
        {
            element[i % width] |= bytes[i];
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(element);
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
            var plan = new Plan<T>
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
            Analyze(child, parent, ref plan);
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

    private static void Analyze<T>(ReadOnlySpan<T> child, ReadOnlySpan<T> parent, ref Plan<T> plan)
        where T : unmanaged, IBinaryInteger<T>
    {
        var layout = plan.Model.Layout;
        plan.Model.HasClasses = BlockClasses.Classify(child, parent, layout, plan.Model.Classes);
        plan.Model.Map = new ContextMap(parent.IsEmpty ? WindowOrigin(child, layout) : ContextOrigin(parent, layout), 0);
        var rule = plan.Model.Buckets;
        plan.Observed.Clear();
        Span<byte> indexes = stackalloc byte[Tile];
        for (var begin = 0; begin < child.Length; begin += Tile)
        {
            var tile = begin..Math.Min(begin + Tile, child.Length);
            var values = plan.Values[tile];
            if (parent.IsEmpty)
            {
                Residuals.Rotate(child[tile], layout.CodedDropped, values);
            }
            else
            {
                Residuals.Subtract(child[tile], parent[tile], layout.CodedDropped, values);
            }

            ContextMap.Index(
                parent.IsEmpty ? [] : parent[tile], layout, plan.Model.Classes[(begin / BlockClasses.Size)..], plan.Model.Map.Origin, indexes[..values.Length]);
            rule.Symbols<T>(values, indexes, plan.Symbols[tile]);
            Observe(plan.Symbols[tile], plan.Observed);
        }

        if (!plan.Observed[..(ContextMap.ZeroIndex * rule.Stride)].ContainsAnyExcept(0))
        {
            // All is zero; a context must have some bucket nevertheless.
            plan.Observed[0] = 1;
        }

        var steps = new ContextMerger(plan.Observed, rule).Merge();
        plan.Model.Map = plan.Model.Map with { Steps = steps };
    }

    private static void Observe(ReadOnlySpan<ushort> symbols, Span<int> observed)
    {
        foreach (var symbol in symbols)
        {
            observed[symbol]++;
        }
    }

    /// <summary>Such that the usual exponents have the highest indexes.</summary>
    private static int ContextOrigin<T>(ReadOnlySpan<T> parent, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T> => (2 * UsualExponent(parent, layout)) + BlockClasses.Smallest + 1 - ContextMap.ZeroIndex;

    /// <summary>Such that the usual exponents and some above lie in the window.</summary>
    private static int WindowOrigin<T>(ReadOnlySpan<T> child, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T>
    {
        const int Above = 8;
        var last = Math.Min(UsualExponent(child, layout) + Above, layout.MaxExponent);
        return Math.Max(1, last + 1 - Buckets.Window);
    }

    /// <summary>The exponent that all but one element in a thousand have at most.</summary>
    private static int UsualExponent<T>(ReadOnlySpan<T> parent, FloatLayout layout)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<int> frequency = stackalloc int[256];
        frequency.Clear();
        for (var i = 0; i < parent.Length; i += SampleStride)
        {
            frequency[(int)(uint.CreateTruncating(parent[i]) >> layout.CodedMantissa) & layout.MaxExponent]++;
        }

        var above = parent.Length / SampleStride / 1000;
        var exponent = layout.MaxExponent;
        for (; exponent > 0 && frequency[exponent] <= above; exponent--)
        {
            above -= frequency[exponent];
        }

        return exponent;
    }

    private static int Write<T>(ref Plan<T> plan, Span<byte> body)
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
    private static long BuildTables<T>(ref Plan<T> plan, Span<ushort> states, Span<ulong> entries)
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

    /// <summary>What is known of a chunk before it is written.</summary>
    private ref struct Plan<T>
        where T : unmanaged
    {
        public Span<T> Values;

        /// <summary>As <see cref="Entropy.Buckets.Symbols"/> sets them.</summary>
        public Span<ushort> Symbols;

        /// <summary>How often each symbol occurs; rows of merged indexes are added up in the first of them.</summary>
        public Span<int> Observed;
        public EntropyModel Model;
    }
}
