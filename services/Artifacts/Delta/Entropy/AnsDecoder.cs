using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>
/// Decodes the four interleaved streams: value i comes from stream i modulo 4. Each stream is read from its first bit to its last; the
/// bits of the state come before the extra bits of a value.
/// </summary>
/// <param name="bits">The streams one behind the other, at most 2^27 bytes.</param>
/// <param name="entries">
/// A table of 2^log entries for each context. The tables are trusted (they were built here, not read): every next state lies below 2^log.
/// </param>
internal unsafe ref struct AnsDecoder(ReadOnlySpan<byte> bits, ReadOnlySpan<ulong> entries)
{
    public const int Streams = 4;

    /// <summary>Most values of one call: what is done before and after to as many stays in the first-level cache.</summary>
    public const int Tile = 4096;

    private readonly ReadOnlySpan<byte> _bits = bits;
    private readonly ReadOnlySpan<ulong> _entries = entries;
    private Positions _positions;
    private Positions _states;

    /// <param name="stream">Which.</param>
    /// <param name="position">Its first bit.</param>
    /// <param name="state">Its first state, below 2^log.</param>
    public void Start(int stream, int position, int state)
    {
        _positions[stream] = position;
        _states[stream] = state;
    }

    /// <summary>Whether a stream was read exactly to the given bit and ended in the state encoders begin with.</summary>
    public readonly bool HasEnded(int stream, int position) => _positions[stream] == position && _states[stream] == 0;

    /// <summary>Bytes of the buffer for <see cref="Decode"/>.</summary>
    public static int BufferSize<T>()
        where T : unmanaged => 2 * Tile * sizeof(T);

    /// <summary>Decodes values of 16 or 32 bits.</summary>
    /// <param name="buffer">
    /// Room for <see cref="Tile"/> values, set here; behind it, for each value and equally wide, the first entry of its context's table, a
    /// multiple of 2^log. They lie at a fixed distance so that one register is enough for both.
    /// </param>
    /// <param name="count">Of values, at most <see cref="Tile"/>; a multiple of four but in the last call.</param>
    public void Decode<T>(Span<byte> buffer, int count)
        where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Tile);
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, BufferSize<T>());
        var done = 0;
        fixed (byte* bitsAt = _bits, bufferAt = buffer)
        fixed (ulong* entriesAt = _entries)
        {
            var values = (T*)bufferAt;
            while (SafeSteps(count - done, Step<T>()) is var steps and > 0)
            {
                DecodeSteps(bitsAt, entriesAt, values + done, steps);
                done += steps * Step<T>();
            }

            for (; done < count; done++)
            {
                values[done] = DecodeOne<T>(done % Streams, Table(values[Tile + done]));
            }
        }
    }

    /// <summary>Values decoded between two looks at the memory: two a stream of 16 bits, one of 32.</summary>
    private static int Step<T>()
        where T : unmanaged => Streams * (sizeof(T) == 2 ? 2 : 1);

    /// <summary>How many steps cannot read beyond the end, whatever they decode: a stream advances at most 54 bits in each.</summary>
    private readonly int SafeSteps(int values, int step)
    {
        const int MaxAdvance = 54;
        var last = (_bits.Length - sizeof(ulong)) * 8;
        var furthest = Math.Max(Math.Max(_positions[0], _positions[1]), Math.Max(_positions[2], _positions[3]));
        return last < furthest ? 0 : Math.Min(values / step, ((last - furthest) / MaxAdvance) + 1);
    }

    /// <summary>Positions are held as addresses in bits, which saves the register of their base.</summary>
    private void DecodeSteps<T>(byte* bits, ulong* entries, T* values, int steps)
        where T : unmanaged, IBinaryInteger<T>
    {
        var origin = (nuint)bits << 3;
        var (at0, at1) = (origin + (nuint)_positions[0], origin + (nuint)_positions[1]);
        var (at2, at3) = (origin + (nuint)_positions[2], origin + (nuint)_positions[3]);
        var (state0, state1, state2, state3) = ((nuint)_states[0], (nuint)_states[1], (nuint)_states[2], (nuint)_states[3]);
        for (var end = values + ((nint)steps * Step<T>()); values < end; values += Step<T>())
        {
            DecodeStep(entries, values, 0, ref at0, ref state0);
            DecodeStep(entries, values, 1, ref at1, ref state1);
            DecodeStep(entries, values, 2, ref at2, ref state2);
            DecodeStep(entries, values, 3, ref at3, ref state3);
        }

        (_positions[0], _positions[1]) = ((int)(at0 - origin), (int)(at1 - origin));
        (_positions[2], _positions[3]) = ((int)(at2 - origin), (int)(at3 - origin));
        (_states[0], _states[1], _states[2], _states[3]) = ((int)state0, (int)state1, (int)state2, (int)state3);
    }

    /// <summary>One step of one stream: two values of 16 bits (at most 27 bits each), or one of 32 (at most 43).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DecodeStep<T>(ulong* entries, T* values, int stream, ref nuint at, ref nuint state)
        where T : unmanaged, IBinaryInteger<T>
    {
        var word = Unsafe.ReadUnaligned<ulong>((byte*)(at >> 3)) >> (int)(at & 7);
        var entry = entries[Table(values[Tile + stream]) + state];
        values[stream] = Take<T>(entry, word, ref state);
        if (sizeof(T) == 2)
        {
            word >>= (int)entry;
            at += (byte)entry;
            entry = entries[Table(values[Tile + stream + Streams]) + state];
            values[stream + Streams] = Take<T>(entry, word, ref state);
        }

        at += (byte)entry;
    }

    /// <summary>
    /// The value at the front of the word, and the next state. Of rotations, only low bits are used; they leave their operand alone, and
    /// the loop is bound by the number of instructions.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Take<T>(ulong entry, ulong word, ref nuint state)
        where T : unmanaged, IBinaryInteger<T>
    {
        var stateBits = BitOperations.RotateRight(entry, 8);
        state = (nuint)((entry >> 48) + Low(word, stateBits));
        var value = BitOperations.RotateRight(entry, 16) + (Low(word, entry) >> (int)stateBits);
        return sizeof(T) == 2 ? Unsafe.BitCast<ushort, T>((ushort)value) : Unsafe.BitCast<uint, T>((uint)value);
    }

    /// <summary>As many of the low bits as the lowest byte of the other number says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Low(ulong word, ulong count) =>
        Bmi2.X64.IsSupported ? Bmi2.X64.ZeroHighBits(word, count) : word & ((1ul << (int)count) - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Table<T>(T table)
        where T : unmanaged => sizeof(T) == 2 ? Unsafe.BitCast<T, ushort>(table) : Unsafe.BitCast<T, uint>(table);

    private T DecodeOne<T>(int stream, nuint table)
        where T : unmanaged, IBinaryInteger<T>
    {
        var at = _positions[stream];
        var entry = _entries[(int)table + _states[stream]];
        var state = (nuint)_states[stream];
        var value = Take<T>(entry, Load(at >> 3) >> (at & 7), ref state);
        _states[stream] = (int)state;
        _positions[stream] = at + (byte)entry;
        return value;
    }

    /// <summary>Eight bytes; zeros beyond the end.</summary>
    private readonly ulong Load(int offset)
    {
        var word = 0ul;
        for (var i = 0; i < sizeof(ulong) && offset + i < _bits.Length; i++)
        {
            word |= (ulong)_bits[offset + i] << (8 * i);
        }

        return word;
    }

    [InlineArray(Streams)]
    private struct Positions
    {
        private int _first;
    }
}
