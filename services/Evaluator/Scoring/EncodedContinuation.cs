namespace Graft.Evaluator.Scoring;

/// <summary>A continuation after its context, as tokens.</summary>
/// <param name="Ids">Context and continuation, tokenised together.</param>
/// <param name="ContextLength">Tokens of the context alone; at least one, and fewer than there are.</param>
internal sealed record EncodedContinuation(int[] Ids, int ContextLength)
{
    /// <summary>What the model reads: all but the last token, which only is predicted.</summary>
    public int[] Input => Ids[..^1];

    /// <summary>Tokens of the continuation.</summary>
    public int Length => Ids.Length - ContextLength;
}
