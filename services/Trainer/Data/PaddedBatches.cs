namespace Graft.Trainer.Data;

/// <summary>A row of tokens; those before <paramref name="LossFrom"/> are not targets.</summary>
internal sealed record TokenRow(int[] Tokens, int LossFrom);

/// <summary>
/// One row a sequence, in an order shuffled anew each epoch (a batch may span two), padded on the right to the longest of its batch.
/// Causal attention never looks right, so padding needs no mask.
/// </summary>
internal sealed class PaddedBatches(IReadOnlyList<TokenRow> rows, int batchSize, ulong seed) : IBatches
{
    private readonly Dictionary<long, int[]> _orders = [];

    public Batch At(int step)
    {
        var chosen = new TokenRow[batchSize];
        for (var i = 0; i < batchSize; i++)
        {
            var position = ((long)step * batchSize) + i;
            chosen[i] = rows[Order(position / rows.Count)[position % rows.Count]];
        }

        return Pad(chosen);
    }

    private static Batch Pad(TokenRow[] chosen)
    {
        var length = chosen.Max(row => row.Tokens.Length) - 1;
        var inputs = new long[chosen.Length * length];
        var targets = new long[chosen.Length * length];
        Array.Fill(targets, Batch.Ignored);
        for (var r = 0; r < chosen.Length; r++)
        {
            var tokens = chosen[r].Tokens;
            for (var i = 0; i + 1 < tokens.Length; i++)
            {
                inputs[(r * length) + i] = tokens[i];
                targets[(r * length) + i] = i + 1 >= chosen[r].LossFrom ? tokens[i + 1] : Batch.Ignored;
            }
        }

        return new Batch(chosen.Length, length, inputs, targets);
    }

    private int[] Order(long epoch)
    {
        if (!_orders.TryGetValue(epoch, out var order))
        {
            _orders.Remove(epoch - 2);
            order = Shuffle.Permutation(rows.Count, seed, (ulong)epoch);
            _orders[epoch] = order;
        }

        return order;
    }
}
