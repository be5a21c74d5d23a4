using Graft.Evaluator.Tokenized;
using Graft.Modeling.Transformers;

namespace Graft.Evaluator.Scoring;

/// <summary>New tokens of a text, and the natural log-probability of each.</summary>
internal sealed record NewTokens(int[] Ids, float[] LogProbabilities);

/// <summary>Continuations of prompts.</summary>
/// <param name="model">Computes the scores.</param>
/// <param name="prefix">What prompts with a prefix go on from; null when there are none.</param>
/// <param name="limits">How much at a time.</param>
/// <param name="maxNewTokens">At most so many each.</param>
/// <param name="end">When a text has ended before that.</param>
/// <param name="choice">Chooses the tokens.</param>
internal sealed class GenerationScorer(
    Transformer model, SharedPrefix? prefix, BatchLimits limits, int maxNewTokens, EndRule end, TokenChoice choice)
{
    public IEnumerable<PromptBatch> Batches(IEnumerable<PromptReading> prompts) => PromptBatch.Of(
        prompts, (prefixed, width) => limits.MostReadings(prefixed + width + maxNewTokens, width, limits.RoundUp(limits.LeastRows)));

    /// <summary>The new tokens of each prompt of the batch, without the token that ended it.</summary>
    public IReadOnlyList<NewTokens> Write(PromptBatch batch, CancellationToken cancellationToken)
    {
        using var texts = new TextBatch(model, batch, prefix, maxNewTokens, limits);
        return texts.Write(end, choice, cancellationToken);
    }
}
