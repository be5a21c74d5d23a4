using Graft.Faults;
using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Modeling.Generation;

/// <summary>Continues texts with the likeliest token each time; of equally likely ones the lowest id.</summary>
public static class GreedyDecoder
{
    /// <summary>
    /// Continues each prompt by at most <paramref name="maxNewTokens"/> tokens or until it would say one of <paramref name="endIds"/>.
    /// All prompts run as one left-padded batch; a row's tokens do not depend on the others but for rounding between equals.
    /// </summary>
    /// <param name="model">Computes the scores.</param>
    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="maxNewTokens">Zero gives empty continuations.</param>
    /// <param name="endIds">Tokens that end a row; they are not part of the result.</param>
    /// <param name="useCache">False computes every text anew for each token: slow, and what the cache is tested against.</param>
    /// <param name="ct">Looked at before each token.</param>
    /// <returns>The new tokens of each prompt.</returns>
    /// <exception cref="FaultException">Invalid: a prompt is empty or has an id outside the model's vocabulary.</exception>
    public static int[][] Generate(
        Transformer model, IReadOnlyList<int[]> prompts, int maxNewTokens, IReadOnlySet<int> endIds, bool useCache, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNewTokens);
        Check(prompts, model.Config.VocabularySize);
        if (prompts.Count == 0 || maxNewTokens == 0)
        {
            return [.. prompts.Select(_ => Array.Empty<int>())];
        }

        using var noGrad = no_grad();
        using var batch = new DecodingBatch(model, prompts, maxNewTokens, useCache);
        var texts = prompts.Select(_ => new List<int>()).ToArray();
        for (var step = 0; step < maxNewTokens && batch.Rows.Count > 0; step++)
        {
            ct.ThrowIfCancellationRequested();
            var next = batch.Next();
            var going = new bool[next.Length];
            for (var i = 0; i < next.Length; i++)
            {
                var token = (int)next[i];
                going[i] = batch.Rows[i] is { } row && !endIds.Contains(token) && Add(texts[row], token);
            }

            batch.Retire(going);
        }

        return [.. texts.Select(text => text.ToArray())];
    }

    private static bool Add(List<int> text, int token)
    {
        text.Add(token);
        return true;
    }

    private static void Check(IReadOnlyList<int[]> prompts, int vocabulary)
    {
        for (var i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Length == 0)
            {
                throw FaultException.Invalid($"Prompt {i} has no tokens; a model needs at least one to go on from.", $"prompts[{i}]");
            }

            if (Array.FindIndex(prompts[i], id => id < 0 || id >= vocabulary) is var at and >= 0)
            {
                throw FaultException.Invalid(
                    $"Prompt {i} has the token id {prompts[i][at]}, but the model's vocabulary is {vocabulary}.", $"prompts[{i}]");
            }
        }
    }
}
