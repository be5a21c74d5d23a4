namespace Graft.Trainer.Data;

/// <summary>
/// Whole rows side by side in sequences of a fixed length, padded on the right. <see cref="Batch.Segments"/> says which position belongs to
/// which row, and no row is meant to see another. Each epoch is shuffled and packed anew; rows are never cut in two.
/// </summary>
internal sealed class PackedRowBatches(TokenTable table, RowOrder order, int batchSize, int length) : IBatches
{
    // Sequences that are filled at the same time. More waste less, and take longer to search.
    private const int OpenSequences = 32;

    private readonly Dictionary<long, List<List<int>>> _epochs = [];

    // Sequences up to the end of each epoch so far: how many there are in one is known when it has been packed.
    private readonly List<long> _ends = [];

    public Batch At(int step)
    {
        var batch = new SequenceBuilder(batchSize, length);
        var segments = new Segments(new int[batchSize * length], new int[batchSize * length]);
        Array.Fill(segments.Segment, Segments.Padding);
        for (var sequence = 0; sequence < batchSize; sequence++)
        {
            var at = 0;
            foreach (var (segment, row) in SequenceAt(((long)step * batchSize) + sequence).Index())
            {
                var positions = table.Length(row) - 1;
                batch.Put(table, row, sequence, at);
                for (var i = 0; i < positions; i++)
                {
                    var place = (sequence * length) + at + i;
                    (segments.Segment[place], segments.Position[place]) = (segment, i);
                }

                at += positions;
            }
        }

        return batch.ToBatch() with { Segments = segments };
    }

    private List<int> SequenceAt(long number)
    {
        while (_ends.Count == 0 || _ends[^1] <= number)
        {
            _ends.Add((_ends.Count == 0 ? 0 : _ends[^1]) + Epoch(_ends.Count).Count);
        }

        var found = _ends.BinarySearch(number + 1);
        var epoch = found >= 0 ? found : ~found;
        return Epoch(epoch)[(int)(number - (epoch == 0 ? 0 : _ends[epoch - 1]))];
    }

    private List<List<int>> Epoch(long epoch)
    {
        if (!_epochs.TryGetValue(epoch, out var sequences))
        {
            foreach (var old in _epochs.Keys.Where(known => Math.Abs(known - epoch) > 1).ToList())
            {
                _epochs.Remove(old);
            }

            sequences = Pack(order.Epoch(epoch));
            _epochs[epoch] = sequences;
        }

        return sequences;
    }

    /// <summary>First fit: each row goes into the oldest open sequence that has room for it; when too many are open, the oldest is closed.</summary>
    private List<List<int>> Pack(IReadOnlyList<int> rows)
    {
        List<List<int>> sequences = [];
        List<(List<int> Rows, int Room)> open = [];
        foreach (var row in rows)
        {
            var positions = table.Length(row) - 1;
            var fitting = open.FindIndex(sequence => sequence.Room >= positions);
            if (fitting < 0)
            {
                if (open.Count == OpenSequences)
                {
                    open.RemoveAt(0);
                }

                fitting = open.Count;
                open.Add(([], length));
                sequences.Add(open[fitting].Rows);
            }

            open[fitting].Rows.Add(row);
            open[fitting] = (open[fitting].Rows, open[fitting].Room - positions);
        }

        return sequences;
    }
}
