namespace Graft.Evaluator.Scoring;

/// <summary>A token sequence to be read by the model, and which requests ask for it.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="Requests">Indices of the requests, ascending.</param>
internal sealed record Sequence(int[] Ids, IReadOnlyList<int> Requests);

/// <summary>Sequences that go through the model together.</summary>
/// <param name="Sequences">At least one.</param>
/// <param name="Width">Length of each with its padding.</param>
internal sealed record Batch(IReadOnlyList<Sequence> Sequences, int Width)
{
    /// <summary>How many requests ask for them.</summary>
    public int Requests => Sequences.Sum(sequence => sequence.Requests.Count);

    /// <summary>Their tokens, without padding.</summary>
    public long Tokens => Sequences.Sum(sequence => (long)sequence.Ids.Length);
}
