namespace Graft.Client.Contents;

/// <summary>The bytes of a content on their way to the store, readable from any offset.</summary>
internal abstract class ContentSource(long size)
{
    /// <summary>Bytes of a piece: what the store makes one chunk of.</summary>
    public const int PieceBytes = 4 << 20;

    public long Size { get; } = size;

    /// <summary>Whether <see cref="ReadAsync"/> needs a buffer.</summary>
    public abstract bool NeedsBuffer { get; }

    /// <summary>The bytes from <paramref name="offset"/> to the end of its piece or of the content.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="buffer">May receive the bytes; at least <see cref="PieceBytes"/> unless none is needed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, byte[] buffer, CancellationToken cancellationToken);

    public static ContentSource Of(ReadOnlyMemory<byte> bytes) => new Whole(bytes);

    public static ContentSource Of(long size, ContentReadCallback read) => new Read(size, read);

    // Pieces end where the store's chunks do, so that what is read again after a break is a whole number of them.
    private int PieceLength(long offset) => (int)Math.Min(PieceBytes - (offset % PieceBytes), Size - offset);

    private sealed class Whole(ReadOnlyMemory<byte> bytes) : ContentSource(bytes.Length)
    {
        public override bool NeedsBuffer => false;

        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, byte[] buffer, CancellationToken cancellationToken) =>
            new(bytes.Slice((int)offset, PieceLength(offset)));
    }

    private sealed class Read(long size, ContentReadCallback read) : ContentSource(size)
    {
        public override bool NeedsBuffer => true;

        public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, byte[] buffer, CancellationToken cancellationToken)
        {
            var piece = buffer.AsMemory(0, PieceLength(offset));
            await read(offset, piece, cancellationToken);
            return piece;
        }
    }
}
