using System.Runtime.InteropServices;
using Graft.Trainer.Datasets;

namespace Graft.Trainer.Data;

/// <summary>
/// The tokens of many rows, one row behind the other: in memory up to a limit, the rest in a temporary file, so that data of any size takes
/// a bounded amount of memory (besides 8 bytes a row).
/// </summary>
/// <param name="segmentTokens">Tokens that are moved at once.</param>
/// <param name="segmentsInMemory">Segments that stay in memory; the default keeps 256 MiB.</param>
internal sealed class TokenTable(int segmentTokens = 1 << 18, int segmentsInMemory = 256) : IDisposable
{
    // Ids are below 2^24 (a tokenizer's limit), so the bit that marks a target has room beside them.
    private const int TargetBit = 1 << 30;

    private readonly List<int[]> _segments = [];
    private readonly List<long> _begins = [0];
    private FileStream? _file;
    private int _segmentsInFile;
    private int[]? _last;

    public int Count => _begins.Count - 1;

    /// <summary>Tokens of all rows.</summary>
    public long Tokens => _begins[^1];

    public static int Token(int entry) => entry & ~TargetBit;

    public static bool IsTarget(int entry) => (entry & TargetBit) != 0;

    /// <summary>Where a row begins in the whole.</summary>
    public long Begin(int row) => _begins[row];

    public int Length(int row) => (int)(_begins[row + 1] - _begins[row]);

    public void Add(TokenRow row)
    {
        for (var i = 0; i < row.Tokens.Length; i++)
        {
            Append(row.Tokens[i] | (row.IsTarget[i] ? TargetBit : 0), Tokens + i);
        }

        _begins.Add(Tokens + row.Tokens.Length);
    }

    /// <summary>Entries (<see cref="Token"/>, <see cref="IsTarget"/>) from a place in the whole on.</summary>
    public void Read(long begin, Span<int> entries)
    {
        while (entries.Length > 0)
        {
            var (segment, offset) = ((int)(begin / segmentTokens), (int)(begin % segmentTokens));
            var part = entries[..Math.Min(entries.Length, segmentTokens - offset)];
            if (InMemory(segment) is { } tokens)
            {
                tokens.AsSpan(offset, part.Length).CopyTo(part);
            }
            else
            {
                ReadFile((((long)(segment - _segments.Count) * segmentTokens) + offset) * sizeof(int), MemoryMarshal.AsBytes(part));
            }

            begin += part.Length;
            entries = entries[part.Length..];
        }
    }

    public void Dispose() => _file?.Dispose();

    private int[]? InMemory(int segment) => segment < _segments.Count
        ? _segments[segment]
        : segment == _segments.Count + _segmentsInFile ? _last : null;

    private void Append(int entry, long at)
    {
        var offset = (int)(at % segmentTokens);
        if (offset == 0)
        {
            Flush();
            _last = new int[segmentTokens];
        }

        _last![offset] = entry;
    }

    private void Flush()
    {
        if (_last is null)
        {
            return;
        }

        if (_segments.Count < segmentsInMemory)
        {
            _segments.Add(_last);
        }
        else
        {
            _file ??= TemporaryFile.Create();
            RandomAccess.Write(_file.SafeFileHandle, MemoryMarshal.AsBytes<int>(_last), (long)_segmentsInFile++ * segmentTokens * sizeof(int));
        }
    }

    private void ReadFile(long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(_file!.SafeFileHandle, bytes, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("The temporary file of the training data has become shorter.");
            }

            offset += read;
            bytes = bytes[read..];
        }
    }
}
