using Graft.Artifacts.Recipes;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

/// <summary>Chooses the next token of each row: the likeliest, of equally likely ones the lowest id; or one drawn.</summary>
internal sealed class TokenChoice(Sampling? sampling)
{
    /// <summary>The tokens, and the natural log-probability the model gives each (whatever the temperature), in fp64.</summary>
    /// <param name="logits_BV">Scores of the vocabulary, a row for each text.</param>
    /// <param name="items">What each row's chance depends on, with the step; rows that only fill have any.</param>
    /// <param name="step">Number of the new token, from 0.</param>
    public (long[] Tokens, double[] LogProbabilities) Next(Tensor logits_BV, IReadOnlyList<long> items, int step)
    {
        using var scope = NewDisposeScope();
        var logits64_BV = logits_BV.to_type(ScalarType.Float64);
        var chosen_B1 = sampling is null
            ? logits_BV.argmax(1, keepdim: true)
            : tensor(Draw(logits64_BV, sampling, items, step), device: logits_BV.device).unsqueeze(1);
        var logProbabilities_B = logits64_BV.gather(1, chosen_B1).squeeze(1) - logits64_BV.logsumexp(1);
        return (chosen_B1.cpu().data<long>().ToArray(), logProbabilities_B.cpu().data<double>().ToArray());
    }

    /// <summary>A number in [0, 1) that depends on seed, item and step alone: SplitMix64 (Steele et al., 2014) over each in turn.</summary>
    internal static double Chance(ulong seed, long item, int step)
    {
        var bits = Mixed(Mixed(Mixed(seed) ^ (ulong)item) ^ (ulong)step);
        return (bits >> 11) * (1.0 / (1UL << 53));
    }

    private static long[] Draw(Tensor logits_BV, Sampling sampling, IReadOnlyList<long> items, int step)
    {
        var (sorted_BV, ids_BV) = logits_BV.div(LastingScalar.Of(sampling.Temperature)).softmax(1).sort(1, descending: true, stable: true);
        var (probabilities, ids) = (sorted_BV.cpu().data<double>().ToArray(), ids_BV.cpu().data<long>().ToArray());
        var vocabulary = probabilities.Length / items.Count;
        var tokens = new long[items.Count];
        for (var row = 0; row < tokens.Length; row++)
        {
            var kept = Nucleus(probabilities.AsSpan(row * vocabulary, vocabulary), sampling.TopP);
            tokens[row] = ids[(row * vocabulary) + Pick(kept, Chance(sampling.Seed, items[row], step))];
        }

        return tokens;
    }

    /// <summary>The likeliest tokens up to the one that brings their sum to <paramref name="topP"/> (Holtzman et al., 2020); at least one.</summary>
    private static ReadOnlySpan<double> Nucleus(ReadOnlySpan<double> descending, double topP)
    {
        var sum = 0.0;
        for (var i = 0; i < descending.Length; i++)
        {
            sum += descending[i];
            if (sum >= topP)
            {
                return descending[..(i + 1)];
            }
        }

        return descending;
    }

    private static int Pick(ReadOnlySpan<double> kept, double chance)
    {
        var total = 0.0;
        foreach (var probability in kept)
        {
            total += probability;
        }

        var left = chance * total;
        for (var i = 0; i < kept.Length; i++)
        {
            left -= kept[i];
            if (left < 0)
            {
                return i;
            }
        }

        return kept.Length - 1;
    }

    private static ulong Mixed(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
