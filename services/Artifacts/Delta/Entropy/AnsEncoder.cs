using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Writes what <see cref="AnsDecoder"/> reads, from the last value to the first and from the last bit to the first.</summary>
internal static unsafe class AnsEncoder
{
    /// <summary>Values, two of each stream, that are put together.</summary>
    private const int Step = 2 * AnsDecoder.Streams;

    /// <summary>Values between two changes of streams, so that they are still in the first-level cache when the other two take theirs.</summary>
    private const int Tile = 4096;

    /// <summary>Bytes of the room for one stream.</summary>
    public static int StreamRoom(int values, int width) =>
        (((values / AnsDecoder.Streams) + 1) * (width == 2 ? 4 : 6)) + (2 * sizeof(ulong));

    /// <param name="values">All of them.</param>
    /// <param name="symbols">As <see cref="Buckets.Symbols"/> sets them.</param>
    /// <param name="tables">Of all contexts.</param>
    /// <param name="room">Four times <see cref="StreamRoom"/> bytes.</param>
    /// <param name="streams">Set: where each stream lies.</param>
    public static void Encode<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<ushort> symbols, AnsEncoderTables tables, Span<byte> room, Span<StreamPlace> streams)
        where T : unmanaged, IBinaryInteger<T>
    {
        var streamRoom = StreamRoom(values.Length, sizeof(T));
        if (symbols.Length != values.Length || room.Length < AnsDecoder.Streams * streamRoom)
        {
            throw new ArgumentException("The spans do not fit each other.");
        }

        fixed (byte* roomAt = room)
        fixed (T* valuesAt = values)
        fixed (ulong* entriesAt = tables.Entries)
        fixed (ushort* symbolsAt = symbols, statesAt = tables.States)
        {
            Span<Stream> all = stackalloc Stream[AnsDecoder.Streams];
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = new Stream(roomAt + ((i + 1) * streamRoom) - sizeof(ulong), 1u << tables.Log);
            }

            EncodeTiles(new Source<T>(valuesAt, symbolsAt, entriesAt, statesAt), values.Length, all);
            for (var i = 0; i < all.Length; i++)
            {
                var at = all[i].At - ((nuint)roomAt << 3);
                var end = ((i + 1) * streamRoom) - sizeof(ulong);
                streams[i] = new StreamPlace((int)(at >> 3), end, (int)at & 7, (int)all[i].State - (1 << tables.Log));
            }
        }
    }

    private static void EncodeTiles<T>(Source<T> source, int count, Span<Stream> streams)
        where T : unmanaged, IBinaryInteger<T>
    {
        var end = count;
        for (; end % Step != 0; end--)
        {
            Put(source, end - 1, ref streams[(end - 1) % AnsDecoder.Streams]);
            streams[(end - 1) % AnsDecoder.Streams].Flush();
        }

        while (end > 0)
        {
            var begin = Math.Max(0, end - Tile) / Step * Step;
            EncodePairs(source, begin, end, ref streams[0], ref streams[1]);
            EncodePairs(source, begin + 2, end + 2, ref streams[2], ref streams[3]);
            end = begin;
        }
    }

    /// <summary>Values of two streams, two of each at a time. More streams at once would not fit in the registers.</summary>
    private static void EncodePairs<T>(Source<T> source, nint begin, nint end, ref Stream first, ref Stream second)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (s0, s1) = (first, second);
        for (var i = end - Step; i >= begin; i -= Step)
        {
            PutPair(source, i, ref s0);
            PutPair(source, i + 1, ref s1);
        }

        (first, second) = (s0, s1);
    }

    /// <summary>A stream's values i and i + 4. Two values of 16 bits have at most 54 bits together, one of 32 has 43.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutPair<T>(Source<T> source, nint i, ref Stream stream)
        where T : unmanaged, IBinaryInteger<T>
    {
        Put(source, i + AnsDecoder.Streams, ref stream);
        if (sizeof(T) == 4)
        {
            stream.Flush();
        }

        Put(source, i, ref stream);
        stream.Flush();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(Source<T> source, nint i, ref Stream stream)
        where T : unmanaged, IBinaryInteger<T>
    {
        var entry = source.Entries[source.Symbols[i]];
        ulong plain = sizeof(T) == 2 ? Unsafe.BitCast<T, ushort>(source.Values[i]) : Unsafe.BitCast<T, uint>(source.Values[i]);
        var shed = (nuint)((stream.State + (entry >> 32)) >> 16);
        var bits = (stream.Bits << (int)entry) | Low(plain, entry);
        stream.Bits = (bits << (int)shed) | Low(stream.State, shed);
        stream.At -= (byte)entry + shed;
        stream.State = source.States[(nint)(stream.State >> (int)shed) + (short)(entry >> 16)];
    }

    /// <summary>As many of the low bits as the lowest byte of the other number says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Low(ulong word, ulong count) =>
        Bmi2.X64.IsSupported ? Bmi2.X64.ZeroHighBits(word, count) : word & ((1ul << (int)count) - 1);

    private readonly struct Source<T>(T* values, ushort* symbols, ulong* entries, ushort* states)
        where T : unmanaged
    {
        public readonly T* Values = values;
        public readonly ushort* Symbols = symbols;
        public readonly ulong* Entries = entries;
        public readonly ushort* States = states;
    }

    private struct Stream(byte* end, uint state)
    {
        /// <summary>Address of the lowest bit put, in bits.</summary>
        public nuint At = (nuint)end << 3;

        /// <summary>From 2^log to 2^(log + 1) - 1.</summary>
        public ulong State = state;

        /// <summary>The 64 bits put last, the last one lowest.</summary>
        public ulong Bits;

        /// <summary>Writes what was put since the last time (at most 57 bits) and, once more, bits that follow it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Flush() => Unsafe.WriteUnaligned((byte*)(At >> 3), Bits << (int)(At & 7));
    }
}

/// <summary>Built by <see cref="AnsTables.BuildEncoder"/>.</summary>
/// <param name="entries">One a symbol.</param>
/// <param name="states">2^log a context.</param>
/// <param name="log">Of the number of states.</param>
internal readonly ref struct AnsEncoderTables(ReadOnlySpan<ulong> entries, ReadOnlySpan<ushort> states, int log)
{
    public readonly ReadOnlySpan<ulong> Entries = entries;
    public readonly ReadOnlySpan<ushort> States = states;
    public readonly int Log = log;
}

/// <param name="Begin">First byte, in the room given to the encoder.</param>
/// <param name="End">Byte behind the last.</param>
/// <param name="Skipped">Low bits of the first byte that do not belong to the stream.</param>
/// <param name="State">The decoder's first state.</param>
internal readonly record struct StreamPlace(int Begin, int End, int Skipped, int State);
