using Graft.Faults;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Reads what <see cref="BitWriter"/> wrote.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private ulong _pending;
    private int _pendingBits;

    /// <summary>Bytes begun.</summary>
    public int Length { get; private set; }

    /// <param name="bits">At most 32.</param>
    /// <exception cref="FaultException">Corrupt: the bytes end before.</exception>
    public uint Read(int bits)
    {
        for (; _pendingBits < bits; _pendingBits += 8)
        {
            if (Length == _source.Length)
            {
                throw FaultException.Corrupt($"The chunk ends within its model, after {Length} bytes of its body.");
            }

            _pending |= (ulong)_source[Length++] << _pendingBits;
        }

        var value = (uint)(_pending & ((1ul << bits) - 1));
        _pending >>= bits;
        _pendingBits -= bits;
        return value;
    }

    /// <summary>Passes over the rest of the byte.</summary>
    /// <exception cref="FaultException">Corrupt: it is not zero.</exception>
    public void Align()
    {
        if (Read(_pendingBits & 7) != 0)
        {
            throw FaultException.Corrupt("The chunk has set bits behind its model.");
        }
    }
}
