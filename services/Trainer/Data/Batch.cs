namespace Graft.Trainer.Data;

/// <summary>One batch: inputs and targets, row-major [rows, length]. A target of <see cref="Ignored"/> does not count in the loss.</summary>
internal sealed record Batch(int Rows, int Length, long[] Inputs, long[] Targets)
{
    public const long Ignored = -100;
}

/// <summary>
/// The batches of one phase. A batch is a function of its step alone, so that a resumed job needs no position but the step.
/// Two implementations: <see cref="PackedBatches"/> and <see cref="PaddedBatches"/>.
/// </summary>
internal interface IBatches
{
    /// <param name="step">Step of the phase, from 0.</param>
    Batch At(int step);
}
