namespace Graft.Trainer.Training;

/// <summary>How far a training is.</summary>
/// <param name="Step">Steps done over all phases, skipped ones too: the place in the data and in the schedule.</param>
/// <param name="Tokens">Tokens that counted in the loss so far.</param>
/// <param name="Skipped">Steps that changed nothing because their loss or gradient was no number.</param>
/// <param name="SkippedInRow">How many of them were the last ones.</param>
internal sealed record TrainingCounts(int Step, long Tokens, int Skipped = 0, int SkippedInRow = 0)
{
    /// <summary>Updates of the weights so far: what the bias corrections of AdamW count.</summary>
    public int Updates => Step - Skipped;

    public TrainingCounts After(StepResult result) => result.IsSkipped
        ? this with { Step = Step + 1, Skipped = Skipped + 1, SkippedInRow = SkippedInRow + 1 }
        : this with { Step = Step + 1, Tokens = Tokens + result.Tokens, SkippedInRow = 0 };
}
