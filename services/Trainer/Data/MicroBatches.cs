namespace Graft.Trainer.Data;

/// <summary>
/// A batch in parts of a few rows each, whose gradients add up to its own. A part is as long as its last target needs: what is to the
/// right of it changes nothing under causal attention.
/// </summary>
internal static class MicroBatches
{
    /// <param name="batch">The batch of a step.</param>
    /// <param name="rows">Rows of a part, at most.</param>
    /// <returns>The parts that have a target; the batch itself when it is small enough.</returns>
    public static IEnumerable<Batch> Of(Batch batch, int rows)
    {
        if (batch.Rows <= rows)
        {
            return [batch];
        }

        return Enumerable.Range(0, (batch.Rows + rows - 1) / rows)
            .Select(part => Part(batch, part * rows, Math.Min(rows, batch.Rows - (part * rows))))
            .OfType<Batch>();
    }

    private static Batch? Part(Batch batch, int first, int rows)
    {
        var length = 0;
        for (var row = first; row < first + rows; row++)
        {
            var targets = batch.Targets.AsSpan(row * batch.Length, batch.Length);
            length = Math.Max(length, targets.LastIndexOfAnyExcept(Batch.Ignored) + 1);
        }

        return length == 0 ? null : new Batch(rows, length, Cut(batch.Inputs), Cut(batch.Targets))
        {
            Segments = batch.Segments is { } segments ? new Segments(Cut(segments.Segment), Cut(segments.Position)) : null,
        };

        T[] Cut<T>(T[] values)
        {
            var part = new T[rows * length];
            for (var row = 0; row < rows; row++)
            {
                Array.Copy(values, (first + row) * batch.Length, part, row * length, length);
            }

            return part;
        }
    }
}
