namespace Graft.Evaluator.Tokenized;

/// <summary>Readings of one kind and width that go through the model together.</summary>
/// <param name="Readings">At least one.</param>
/// <param name="Width">Tokens of each with its padding.</param>
internal sealed record ReadingBatch(IReadOnlyList<Reading> Readings, int Width)
{
    /// <summary>Tokens the prefix gives each row.</summary>
    public int Prefix => Readings[0].Prefix;

    /// <summary>Whether each row is one text, from its first token on.</summary>
    public bool IsText => IsPlain(Readings[0]);

    /// <summary>How many requests ask for them.</summary>
    public int Requests => Readings.Sum(reading => reading.Requests.Count);

    /// <summary>Their tokens, without padding.</summary>
    public long Tokens => Readings.Sum(reading => (long)reading.Ids.Count);

    /// <summary>The longest first: if memory does not suffice, that shows at once.</summary>
    /// <param name="readings">In any order.</param>
    /// <param name="width">Length of a row with its padding, by what the row is alone.</param>
    /// <param name="most">Rows of a batch at most, by prefix and width.</param>
    public static IEnumerable<ReadingBatch> Of(IEnumerable<Reading> readings, Func<Reading, int> width, Func<int, int, int> most) => readings
        .GroupBy(reading => (reading.Prefix, IsPlain: IsPlain(reading), Width: width(reading)))
        .OrderByDescending(group => group.Key.Prefix + group.Key.Width)
        .ThenBy(group => group.Key)
        .SelectMany(group => group.Chunk(most(group.Key.Prefix, group.Key.Width)).Select(chunk => new ReadingBatch(chunk, group.Key.Width)));

    private static bool IsPlain(Reading reading) => reading is { IsText: true, Prefix: 0 };
}
