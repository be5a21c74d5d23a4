namespace Graft.Trainer.Data;

/// <summary>
/// One stream of tokens cut into rows of length + 1 (inputs and the token after each), in order, without overlap; it begins anew
/// at its end. Every token counts in the loss.
/// </summary>
internal sealed class PackedBatches(TokenStream stream, int batchSize, int length) : IBatches
{
    public Batch At(int step)
    {
        var inputs = new long[batchSize * length];
        var targets = new long[batchSize * length];
        var entries = new int[length + 1];
        for (var row = 0; row < batchSize; row++)
        {
            stream.Read((((long)step * batchSize) + row) * (length + 1), entries);
            for (var i = 0; i < length; i++)
            {
                inputs[(row * length) + i] = TokenTable.Token(entries[i]);
                targets[(row * length) + i] = TokenTable.Token(entries[i + 1]);
            }
        }

        return new Batch(batchSize, length, inputs, targets);
    }
}

/// <summary>
/// Rows one behind the other: those of one dataset in the data's order, a mixture in that of its first epoch.
/// </summary>
internal sealed class TokenStream
{
    private readonly TokenTable _table;
    private readonly IReadOnlyList<int>? _order;
    private readonly long[] _ends;

    public TokenStream(TokenTable table, RowOrder order)
    {
        _table = table;
        _order = order.IsWhole ? null : order.Epoch(0);
        var end = 0L;
        _ends = _order is null ? [table.Tokens] : [.. _order.Select(row => end += table.Length(row))];
    }

    public long Tokens => _ends[^1];

    /// <summary>Entries of the table from a place on; behind the end the stream begins anew.</summary>
    public void Read(long begin, Span<int> entries)
    {
        while (entries.Length > 0)
        {
            begin %= Tokens;
            var row = RowAt(begin);
            var part = entries[..(int)Math.Min(entries.Length, _ends[row] - begin)];
            var first = row == 0 ? 0 : _ends[row - 1];
            _table.Read((_order is null ? 0 : _table.Begin(_order[row])) + begin - first, part);
            begin += part.Length;
            entries = entries[part.Length..];
        }
    }

    /// <summary>The row that holds a place: the first whose end is beyond it.</summary>
    private int RowAt(long place)
    {
        var found = Array.BinarySearch(_ends, place + 1);
        if (found < 0)
        {
            return ~found;
        }

        // Empty rows end where the one before does.
        while (found > 0 && _ends[found - 1] == _ends[found])
        {
            found--;
        }

        return found;
    }
}
