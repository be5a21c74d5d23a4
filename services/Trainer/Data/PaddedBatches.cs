namespace Graft.Trainer.Data;

/// <summary>
/// One row a sequence, in an order shuffled anew each epoch (a batch may span two), padded on the right to the longest of its batch.
/// Causal attention never looks right, so padding needs no mask.
/// </summary>
internal sealed class PaddedBatches(TokenTable table, RowOrder order, int batchSize) : IBatches
{
    public Batch At(int step)
    {
        var rows = new int[batchSize];
        for (var i = 0; i < batchSize; i++)
        {
            var position = ((long)step * batchSize) + i;
            rows[i] = order.Epoch(position / order.Length)[(int)(position % order.Length)];
        }

        var batch = new SequenceBuilder(batchSize, rows.Max(table.Length) - 1);
        for (var i = 0; i < batchSize; i++)
        {
            batch.Put(table, rows[i], i, 0);
        }

        return batch.ToBatch();
    }
}
