namespace Graft.Artifacts.Delta.Entropy;

/// <summary>Writes small numbers bit by bit, the lowest bit of the first byte first.</summary>
internal ref struct BitWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;
    private ulong _pending;
    private int _pendingBits;

    /// <summary>Bytes begun.</summary>
    public int Length { get; private set; }

    /// <param name="value">Below 2^<paramref name="bits"/>.</param>
    /// <param name="bits">At most 32.</param>
    public void Write(uint value, int bits)
    {
        _pending |= (ulong)value << _pendingBits;
        for (_pendingBits += bits; _pendingBits >= 8; _pendingBits -= 8)
        {
            _target[Length++] = (byte)_pending;
            _pending >>= 8;
        }
    }

    /// <summary>Fills the last byte with zeros.</summary>
    public void Align() => Write(0, -_pendingBits & 7);
}
