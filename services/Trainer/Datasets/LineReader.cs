namespace Graft.Trainer.Datasets;

/// <summary>Lines of a stream, one in memory at a time.</summary>
internal sealed class LineReader(string file, Stream stream)
{
    /// <summary>A longer line is no row of text but a file without line ends.</summary>
    internal const int LongestLine = 256 << 20;

    private byte[] _buffer = new byte[1 << 17];
    private int _begin;
    private int _end;
    private bool _atEnd;

    /// <summary>Number of the line last returned, from 1.</summary>
    public long Number { get; private set; }

    /// <returns>The next line without its end, valid until the next call; null behind the last one.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan((_begin + searched).._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                return Take(searched + length, 1);
            }

            searched = _end - _begin;
            if (_atEnd)
            {
                // A bare null would become an empty line: it converts to memory by way of an array.
                return searched > 0 ? Take(searched, 0) : default(ReadOnlyMemory<byte>?);
            }

            await FillAsync(cancellationToken);
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int lineEnd)
    {
        var line = _buffer.AsMemory(_begin, length);
        _begin += length + lineEnd;
        Number++;
        return Number == 1 && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var kept = _end - _begin;
        if (kept > LongestLine)
        {
            throw RowFault.Row(new RowPlace(file, "line", Number + 1), $"is longer than {LongestLine >> 20} MiB: is this a file of JSON lines?");
        }

        var target = kept > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_begin, kept).CopyTo(target);
        (_buffer, _begin, _end) = (target, 0, kept);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _atEnd = read == 0;
    }
}
