namespace Graft.Evaluator.Tokenized;

/// <summary>A continuation after its context, as tokens.</summary>
/// <param name="Ids">Context and continuation, tokenised together.</param>
/// <param name="ContextLength">Tokens of the context alone; at least one, and fewer than there are.</param>
/// <param name="IsCut">Whether the context has lost its beginning.</param>
internal sealed record EncodedContinuation(int[] Ids, int ContextLength, bool IsCut = false)
{
    /// <summary>What the model reads: all but the last token, which only is predicted.</summary>
    public int[] Input => Ids[..^1];

    /// <summary>Tokens of the continuation.</summary>
    public int Length => Ids.Length - ContextLength;
}

/// <summary>A prompt as tokens.</summary>
/// <param name="Ids">At least one.</param>
/// <param name="IsCut">Whether it has lost its beginning.</param>
internal sealed record EncodedPrompt(int[] Ids, bool IsCut = false);
