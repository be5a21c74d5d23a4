using System.IO.Compression;

namespace Graft.Artifacts;

/// <summary>
/// What a gzip stream holds, as long as it is not absurdly more than the stream: text packs 3 to 30 times, the format allows a
/// thousand, and a few megabytes of that would fill any memory.
/// </summary>
public sealed class UnzipStream(Stream packed) : Stream
{
    /// <summary>Bytes out for each byte in, at most, once <see cref="FreeBytes"/> are out.</summary>
    public const int MaxRatio = 200;

    /// <summary>Bytes that come out whatever the ratio.</summary>
    public const long FreeBytes = 16 << 20;

    private readonly CountingStream _packed = new(packed);
    private GZipStream? _unzip;
    private long _out;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private GZipStream Unzip => _unzip ??= new GZipStream(_packed, CompressionMode.Decompress, leaveOpen: true);

    /// <exception cref="InvalidDataException">No gzip, or more than the ratio allows.</exception>
    public override int Read(byte[] buffer, int offset, int count) => Count(Unzip.Read(buffer, offset, count));

    /// <exception cref="InvalidDataException">No gzip, or more than the ratio allows.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await Unzip.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unzip?.Dispose();
            _packed.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        _out += read;
        return _out <= FreeBytes || _out / MaxRatio <= _packed.Taken
            ? read
            : throw new InvalidDataException($"it unpacks to more than {MaxRatio} times its size; unpack it first if it is meant.");
    }

    // Counts what was taken; the stream itself stays its owner's.
    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Add(inner.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Add(await inner.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Add(int read)
        {
            Taken += read;
            return read;
        }
    }
}
