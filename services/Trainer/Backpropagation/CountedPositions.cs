using Graft.Trainer.Data;

namespace Graft.Trainer.Backpropagation;

/// <summary>The positions of a batch that count in the loss, so that the head runs on no other.</summary>
/// <param name="Positions">Indices into the batch's rows * length positions, ascending.</param>
/// <param name="Targets">Their targets.</param>
internal sealed record CountedPositions(long[] Positions, long[] Targets)
{
    public static CountedPositions Of(Batch batch)
    {
        var counted = batch.Targets.Count(target => target != Batch.Ignored);
        var positions = new long[counted];
        var targets = new long[counted];
        for (int i = 0, n = 0; i < batch.Targets.Length; i++)
        {
            if (batch.Targets[i] != Batch.Ignored)
            {
                positions[n] = i;
                targets[n++] = batch.Targets[i];
            }
        }

        return new CountedPositions(positions, targets);
    }
}
