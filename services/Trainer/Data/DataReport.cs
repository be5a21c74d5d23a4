namespace Graft.Trainer.Data;

/// <summary>What becomes of a row.</summary>
internal enum RowFate
{
    Kept,

    /// <summary>Kept, cut on the right to the longest length.</summary>
    Truncated,

    /// <summary>Dropped: fewer than two tokens.</summary>
    TooShort,

    /// <summary>Dropped: nothing in it counts in the loss.</summary>
    NoTarget,

    /// <summary>Dropped: nothing that counts in the loss is left after the cut.</summary>
    TargetCutOff,
}

/// <summary>What became of the rows of a dataset.</summary>
internal sealed class DataReport
{
    private readonly long[] _rows = new long[Enum.GetValues<RowFate>().Length];

    /// <summary>Rows read.</summary>
    public long Rows => _rows.Sum();

    /// <summary>Rows that training sees.</summary>
    public long Kept => _rows[(int)RowFate.Kept] + _rows[(int)RowFate.Truncated];

    public long Dropped => Rows - Kept;

    /// <summary>Tokens of the rows that training sees.</summary>
    public long Tokens { get; private set; }

    /// <summary>Those of them that count in the loss.</summary>
    public long Targets { get; private set; }

    /// <summary>Tokens cut off of the rows that training sees.</summary>
    public long CutTokens { get; private set; }

    public long this[RowFate fate] => _rows[(int)fate];

    /// <summary>Cuts a row and counts it.</summary>
    /// <param name="whole">The row.</param>
    /// <param name="maxTokens">Longest row; null when rows are neither cut nor dropped.</param>
    /// <returns>What became of it, and what is left.</returns>
    public (RowFate Fate, TokenRow Row) Take(TokenRow whole, int? maxTokens)
    {
        var row = maxTokens is { } longest ? whole.Cut(longest) : whole;
        var fate = maxTokens is null ? RowFate.Kept : Fate(whole, row);
        _rows[(int)fate]++;
        if (fate is RowFate.Kept or RowFate.Truncated)
        {
            Tokens += row.Tokens.Length;
            Targets += row.Targets;
            CutTokens += whole.Tokens.Length - row.Tokens.Length;
        }

        return (fate, row);
    }

    private static RowFate Fate(TokenRow whole, TokenRow row)
    {
        if (row.Targets > 0)
        {
            return row.Tokens.Length < whole.Tokens.Length ? RowFate.Truncated : RowFate.Kept;
        }

        return whole switch
        {
            { Tokens.Length: < 2 } => RowFate.TooShort,
            { Targets: 0 } => RowFate.NoTarget,
            _ => RowFate.TargetCutOff,
        };
    }

    /// <summary>Adds what another report counted.</summary>
    public void Add(DataReport other)
    {
        for (var i = 0; i < _rows.Length; i++)
        {
            _rows[i] += other._rows[i];
        }

        Tokens += other.Tokens;
        Targets += other.Targets;
        CutTokens += other.CutTokens;
    }

    public override string ToString()
    {
        var reasons = new[]
        {
            (Count: this[RowFate.TooShort], Why: "shorter than two tokens"),
            (Count: this[RowFate.NoTarget], Why: "nothing that counts in the loss"),
            (Count: this[RowFate.TargetCutOff], Why: "nothing that counts left after the cut"),
        };
        var dropped = Dropped == 0 ? "" : $" ({string.Join(", ", reasons.Where(reason => reason.Count > 0).Select(reason => $"{reason.Why}: {reason.Count}"))})";
        return $"{Rows} rows: {Kept} kept, {this[RowFate.Truncated]} of them truncated by {CutTokens} tokens, {Dropped} dropped{dropped}; {Tokens} tokens, {Targets} of them count in the loss";
    }
}
