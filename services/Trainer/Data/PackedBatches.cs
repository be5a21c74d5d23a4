namespace Graft.Trainer.Data;

/// <summary>
/// One stream of tokens cut into rows of length + 1 (inputs and the token after each), in order, without overlap; it begins anew
/// at its end.
/// </summary>
internal sealed class PackedBatches(int[] tokens, int batchSize, int length) : IBatches
{
    public Batch At(int step)
    {
        var inputs = new long[batchSize * length];
        var targets = new long[batchSize * length];
        for (var row = 0; row < batchSize; row++)
        {
            var begin = (((long)step * batchSize) + row) * (length + 1);
            for (var i = 0; i < length; i++)
            {
                inputs[(row * length) + i] = tokens[(begin + i) % tokens.Length];
                targets[(row * length) + i] = tokens[(begin + i + 1) % tokens.Length];
            }
        }

        return new Batch(batchSize, length, inputs, targets);
    }
}
