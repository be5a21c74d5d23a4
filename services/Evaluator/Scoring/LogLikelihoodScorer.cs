using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

// Shapes: B sequences of a batch, L their width, N = B * L, M hidden size, P positions whose prediction is scored, V vocabulary.

/// <summary>Log-likelihoods of continuations: logits in the model's type, their log-softmax and its sums in fp64.</summary>
internal sealed class LogLikelihoodScorer(Transformer model, BatchLimits limits)
{
    // Elements of one block of logits: 32 MiB in fp64, whatever the vocabulary.
    private const int BlockElements = 1 << 22;

    /// <summary>Natural log-likelihoods, one for each request.</summary>
    /// <param name="requests">Continuations to be scored.</param>
    /// <param name="done">Told after each batch how many requests and tokens it had.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    public double[] Score(IReadOnlyList<EncodedContinuation> requests, Action<int, long> done, CancellationToken cancellationToken)
    {
        var sums = new double[requests.Count];
        var sequences = SequenceSet.Of(requests.Select(request => request.Input));
        foreach (var batch in SequenceSet.Batches(sequences, limits.RoundUp, width => limits.MostSequences(width, Fewest(width))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScoreBatch(batch, requests, sums);
            done(batch.Requests, batch.Tokens);
        }

        return sums;
    }

    private int Fewest(int width) => (limits.LeastRows + width - 1) / width;

    private void ScoreBatch(Batch batch, IReadOnlyList<EncodedContinuation> requests, double[] sums)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var hidden_NM = model.Forward(Ids(batch)).view(-1, model.Config.HiddenSize);
        var positions = ScoredPosition.Of(batch, requests);
        var most = Math.Max(limits.LeastRows, BlockElements / model.Config.VocabularySize);
        for (var begin = 0; begin < positions.Count; begin += most)
        {
            ScoreBlock(hidden_NM, positions.GetRange(begin, Math.Min(most, positions.Count - begin)), sums);
        }
    }

    /// <summary>
    /// [B, L]. Sequences are padded on the right, where a causal model does not look, and copies of the first fill the batch up.
    /// </summary>
    private Tensor Ids(Batch batch)
    {
        var sequences = batch.Sequences;
        var rows = Math.Max(sequences.Count, Fewest(batch.Width));
        var ids = new long[rows, batch.Width];
        for (var row = 0; row < rows; row++)
        {
            var source = sequences[row < sequences.Count ? row : 0].Ids;
            for (var i = 0; i < batch.Width; i++)
            {
                ids[row, i] = source[Math.Min(i, source.Length - 1)];
            }
        }

        return tensor(ids, device: model.Device);
    }

    private void ScoreBlock(Tensor hidden_NM, List<ScoredPosition> positions, double[] sums)
    {
        using var scope = NewDisposeScope();
        var rows = new long[limits.RoundUp(Math.Max(positions.Count, limits.LeastRows))];
        Array.Fill(rows, positions[0].Row);
        List<long> wanted = [];
        for (var i = 0; i < positions.Count; i++)
        {
            rows[i] = positions[i].Row;
            wanted.AddRange(positions[i].Targets.Select(target => ((long)i * model.Config.VocabularySize) + target.Token));
        }

        var logits_PV = model.Logits(hidden_NM.index_select(0, tensor(rows, device: model.Device))).to_type(ScalarType.Float64);
        var totals = logits_PV.logsumexp(1).cpu().data<double>();
        var picked = logits_PV.take(tensor(wanted.ToArray(), device: model.Device)).cpu().data<double>();
        var next = 0;
        for (var i = 0; i < positions.Count; i++)
        {
            foreach (var (request, _) in positions[i].Targets)
            {
                sums[request] += picked[next++] - totals[i];
            }
        }
    }
}
