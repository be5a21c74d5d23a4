using Graft.Modeling.Transformers;

namespace Graft.Evaluator.Scoring;

/// <summary>Greedy continuations of prompts.</summary>
internal sealed class GenerationScorer(Transformer model, BatchLimits limits)
{
    /// <summary>The new tokens of each prompt, without the token that ended it.</summary>
    /// <param name="prompts">Not empty.</param>
    /// <param name="maxNewTokens">At most so many each.</param>
    /// <param name="end">When a text has ended before that.</param>
    /// <param name="done">Told after each batch how many requests and tokens it had.</param>
    /// <param name="cancellationToken">Looked at before each token.</param>
    public int[][] Generate(
        IReadOnlyList<int[]> prompts, int maxNewTokens, EndRule end, Action<int, long> done, CancellationToken cancellationToken)
    {
        var texts = new int[prompts.Count][];
        var fewest = limits.RoundUp(limits.LeastRows);
        foreach (var batch in SequenceSet.Batches(SequenceSet.Of(prompts), length => length, length => limits.MostSequences(length + maxNewTokens, fewest)))
        {
            using var generation = new GreedyBatch(model, batch, maxNewTokens, limits);
            var continuations = generation.Run(end, cancellationToken);
            for (var row = 0; row < continuations.Length; row++)
            {
                foreach (var request in batch.Sequences[row].Requests)
                {
                    texts[request] = continuations[row];
                }
            }

            done(batch.Requests, batch.Tokens + ((long)batch.Sequences.Count * maxNewTokens));
        }

        return texts;
    }
}
