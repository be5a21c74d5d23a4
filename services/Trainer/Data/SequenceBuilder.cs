namespace Graft.Trainer.Data;

/// <summary>A batch that is filled row of data by row of data; what is left is padding: input 0, target ignored.</summary>
internal sealed class SequenceBuilder
{
    private readonly int _sequences;
    private readonly int _length;
    private readonly long[] _inputs;
    private readonly long[] _targets;

    public SequenceBuilder(int sequences, int length)
    {
        (_sequences, _length) = (sequences, length);
        _inputs = new long[sequences * length];
        _targets = new long[sequences * length];
        Array.Fill(_targets, Batch.Ignored);
    }

    /// <summary>Puts a row of n tokens on n - 1 positions: each token but the last as input, each but the first as target.</summary>
    public void Put(TokenTable table, int row, int sequence, int at)
    {
        var entries = new int[table.Length(row)];
        table.Read(table.Begin(row), entries);
        var first = (sequence * _length) + at;
        for (var i = 0; i + 1 < entries.Length; i++)
        {
            _inputs[first + i] = TokenTable.Token(entries[i]);
            _targets[first + i] = TokenTable.IsTarget(entries[i + 1]) ? TokenTable.Token(entries[i + 1]) : Batch.Ignored;
        }
    }

    public Batch ToBatch() => new(_sequences, _length, _inputs, _targets);
}
