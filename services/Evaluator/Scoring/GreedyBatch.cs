using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

// Shapes: B rows of the batch, L tokens of its input (a prompt, then one token).

/// <summary>
/// Greedy decoding of prompts of equal length with a key-value cache. Unlike Modeling's decoder it keeps to <see cref="BatchLimits"/> as
/// rows end, so that a row's tokens cannot depend on which others are still running, and it knows stop strings.
/// </summary>
internal sealed class GreedyBatch : IDisposable
{
    private readonly Transformer _model;
    private readonly KeyValueCache _cache;
    private readonly int _maxNewTokens;
    private readonly BatchLimits _limits;
    private readonly List<int>[] _texts;

    // Which text each row of the batch continues; -1 for one that has ended and only fills.
    private int[] _rows;
    private Tensor _input_BL;

    /// <param name="model">Computes the scores.</param>
    /// <param name="batch">Prompts without padding.</param>
    /// <param name="maxNewTokens">At least 1.</param>
    /// <param name="limits">How many rows there are at least; copies of the first prompt fill the batch up.</param>
    public GreedyBatch(Transformer model, Batch batch, int maxNewTokens, BatchLimits limits)
    {
        (_model, _maxNewTokens, _limits) = (model, maxNewTokens, limits);
        var prompts = batch.Sequences;
        _texts = [.. prompts.Select(_ => new List<int>())];
        _rows = [.. Enumerable.Range(0, Size(prompts.Count)).Select(row => row < prompts.Count ? row : -1)];
        var ids = _rows.SelectMany(row => prompts[Math.Max(row, 0)].Ids).Select(id => (long)id).ToArray();
        _input_BL = tensor(ids, device: model.Device).view(_rows.Length, batch.Width).DetachFromDisposeScope();
        _cache = new KeyValueCache(model.Config, _rows.Length, batch.Width + maxNewTokens - 1, model.DType, model.Device);
    }

    /// <summary>The new tokens of each prompt.</summary>
    public int[][] Run(EndRule end, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        for (var step = 0; step < _maxNewTokens && _rows.Any(row => row >= 0); step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = Next();
            for (var i = 0; i < _rows.Length; i++)
            {
                if (_rows[i] >= 0 && !GoesOn(_texts[_rows[i]], (int)next[i], end))
                {
                    _rows[i] = -1;
                }
            }

            Shrink();
        }

        return [.. _texts.Select(text => text.ToArray())];
    }

    public void Dispose()
    {
        _input_BL.Dispose();
        _cache.Dispose();
    }

    private int Size(int rows) => _limits.RoundUp(Math.Max(rows, _limits.LeastRows));

    private static bool GoesOn(List<int> text, int token, EndRule end)
    {
        if (end.IsEnd(token))
        {
            return false;
        }

        text.Add(token);
        return !end.IsStopped(text);
    }

    /// <summary>The likeliest next token of each row, which is the row's next input.</summary>
    private long[] Next()
    {
        using var scope = NewDisposeScope();
        var hidden_BLM = _model.Forward(_input_BL, _cache);
        var next_B1 = _model.Logits(hidden_BLM.select(1, hidden_BLM.shape[1] - 1)).argmax(1, keepdim: true);
        Replace(ref _input_BL, next_B1.alias());
        return next_B1.cpu().data<long>().ToArray();
    }

    /// <summary>Once half of the rows do nothing but fill, and are not needed for that, the batch shrinks.</summary>
    private void Shrink()
    {
        var living = _rows.Count(row => row >= 0);
        var size = Size(living);
        if (living == 0 || size * 2 > _rows.Length)
        {
            return;
        }

        // Those that go on, in their order, then as many of the others as are needed.
        int[] kept = [.. Enumerable.Range(0, _rows.Length).OrderByDescending(i => _rows[i] >= 0).Take(size)];
        _rows = [.. kept.Select(i => _rows[i])];
        using var scope = NewDisposeScope();
        var indices = tensor(Array.ConvertAll(kept, i => (long)i), device: _model.Device);
        _cache.KeepRows(indices);
        Replace(ref _input_BL, _input_BL.index_select(0, indices));
    }

    private static void Replace(ref Tensor field, Tensor value)
    {
        field.Dispose();
        field = value.DetachFromDisposeScope();
    }
}
