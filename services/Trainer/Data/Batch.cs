namespace Graft.Trainer.Data;

/// <summary>One batch: inputs and targets, row-major [rows, length]. A target of <see cref="Ignored"/> does not count in the loss.</summary>
internal sealed record Batch(int Rows, int Length, long[] Inputs, long[] Targets)
{
    public const long Ignored = -100;

    /// <summary>Where several rows of data lie side by side in a sequence (<see cref="PackedRowBatches"/>); null when none do.</summary>
    public Segments? Segments { get; init; }
}

/// <summary>
/// The rows of data inside the sequences of a batch, row-major [rows, length]. A position may attend to another of its sequence exactly if
/// both are of one segment and the other does not come later; the rotary embedding of a position is that of its place in the segment.
/// So computed, a packed row gives the same outputs as alone.
/// </summary>
/// <param name="Segment">Number of the row in its sequence, from 0; <see cref="Padding"/> where there is none.</param>
/// <param name="Position">Place in the segment, from 0; 0 in padding.</param>
internal sealed record Segments(int[] Segment, int[] Position)
{
    public const int Padding = -1;
}

/// <summary>
/// The batches of one phase. A batch is a function of its step alone, so that a resumed job needs no position but the step.
/// Three implementations: <see cref="PackedBatches"/>, <see cref="PaddedBatches"/> and <see cref="PackedRowBatches"/>.
/// </summary>
internal interface IBatches
{
    /// <param name="step">Step of the phase, from 0.</param>
    Batch At(int step);
}
