using Graft.Evaluator.Tokenized;
using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

// Shapes: B rows of a batch, L their width, N = B * L, M hidden size, P positions whose prediction is scored, V vocabulary.

/// <summary>Log-likelihoods of continuations: logits in the model's type, their log-softmax and its sums in fp64.</summary>
/// <param name="model">Computes the scores.</param>
/// <param name="prefix">What readings with a prefix go on from; null when there are none.</param>
/// <param name="limits">How much at a time.</param>
internal sealed class LogLikelihoodScorer(Transformer model, SharedPrefix? prefix, BatchLimits limits) : IDisposable
{
    // Elements of one block of logits: 32 MiB in fp64, whatever the vocabulary.
    private const int BlockElements = 1 << 22;

    // Of rows behind a prefix, so that many rows share a width: their caches are made for it.
    private const int WidthBehindPrefix = 16;

    // The prefix copied to the rows of a batch; the next batch of the same shape takes it again.
    private (int Rows, int Width, KeyValueCache Cache)? _room;

    public IEnumerable<ReadingBatch> Batches(IEnumerable<Reading> readings) =>
        ReadingBatch.Of(readings, Width, (prefixed, width) => limits.MostReadings(prefixed + width, width, Fewest(width)));

    /// <summary>Adds the natural log-likelihood of each request of the batch to its sum.</summary>
    public void Score(ReadingBatch batch, double[] sums)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var hidden_NM = Forward(batch).view(-1, model.Config.HiddenSize);
        List<(long Row, ScoredPosition Position)> positions =
        [
            .. batch.Readings.SelectMany((reading, row) => reading.Positions.Select(position => (((long)row * batch.Width) + position.Index, position))),
        ];
        var most = Math.Max(limits.LeastRows, BlockElements / model.Config.VocabularySize);
        for (var begin = 0; begin < positions.Count; begin += most)
        {
            ScoreBlock(hidden_NM, positions.GetRange(begin, Math.Min(most, positions.Count - begin)), sums);
        }
    }

    public void Dispose() => _room?.Cache.Dispose();

    private int Width(Reading reading) => limits.RoundUp(
        reading.Prefix == 0 ? reading.Ids.Count : (reading.Ids.Count + WidthBehindPrefix - 1) / WidthBehindPrefix * WidthBehindPrefix);

    private int Fewest(int width) => (limits.LeastRows + width - 1) / width;

    private Tensor Forward(ReadingBatch batch)
    {
        // Copies of the first row fill the batch up.
        var fill = Enumerable.Repeat(batch.Readings[0], Math.Max(0, Fewest(batch.Width) - batch.Readings.Count));
        Reading[] rows = [.. batch.Readings, .. fill];
        var ids = Ids(rows, batch.Width);
        if (batch.IsText)
        {
            return model.Forward(ids);
        }

        var layout = BranchLayout.Of(rows, batch.Width, model.Device);
        return model.Forward(ids, layout, batch.Prefix > 0 ? Room(rows.Length, batch) : null);
    }

    private KeyValueCache Room(int rows, ReadingBatch batch)
    {
        if (_room is { } room && room.Rows == rows && room.Width == batch.Width)
        {
            room.Cache.Rewind(batch.Prefix);
            return room.Cache;
        }

        _room?.Cache.Dispose();
        _room = null;
        var cache = prefix!.Continue(rows, batch.Width);
        _room = (rows, batch.Width, cache);
        return cache;
    }

    /// <summary>[B, L]. Rows are padded on the right, where nothing looks.</summary>
    private Tensor Ids(Reading[] rows, int width)
    {
        var ids = new long[rows.Length, width];
        for (var row = 0; row < rows.Length; row++)
        {
            var source = rows[row].Ids;
            for (var i = 0; i < width; i++)
            {
                ids[row, i] = source[Math.Min(i, source.Count - 1)];
            }
        }

        return tensor(ids, device: model.Device);
    }

    private void ScoreBlock(Tensor hidden_NM, List<(long Row, ScoredPosition Position)> positions, double[] sums)
    {
        using var scope = NewDisposeScope();
        var rows = new long[limits.RoundUp(Math.Max(positions.Count, limits.LeastRows))];
        Array.Fill(rows, positions[0].Row);
        List<long> wanted = [];
        for (var i = 0; i < positions.Count; i++)
        {
            rows[i] = positions[i].Row;
            wanted.AddRange(positions[i].Position.Targets.Select(target => ((long)i * model.Config.VocabularySize) + target.Token));
        }

        var logits_PV = model.Logits(hidden_NM.index_select(0, tensor(rows, device: model.Device))).to_type(ScalarType.Float64);
        var totals = logits_PV.logsumexp(1).cpu().data<double>();
        var picked = logits_PV.take(tensor(wanted.ToArray(), device: model.Device)).cpu().data<double>();
        var next = 0;
        for (var i = 0; i < positions.Count; i++)
        {
            foreach (var (request, _) in positions[i].Position.Targets)
            {
                sums[request] += picked[next++] - totals[i];
            }
        }
    }
}
