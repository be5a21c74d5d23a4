using Graft.Evaluator.Tokenized;
using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

// Shapes: B rows of the batch, L tokens of its input (prompts, then one token), S tokens a row can see.

/// <summary>
/// Texts being written behind prompts of one padded width, with a key-value cache that begins with the task's prefix. It keeps to
/// <see cref="BatchLimits"/> as rows end, so that a row's tokens cannot depend on which others are still running, and it knows stop strings.
/// </summary>
internal sealed class TextBatch : IDisposable
{
    private readonly Transformer _model;
    private readonly KeyValueCache _cache;
    private readonly int _maxNewTokens;
    private readonly BatchLimits _limits;
    private readonly IReadOnlyList<PromptReading> _prompts;
    private readonly List<int>[] _texts;
    private readonly List<float>[] _logProbabilities;

    // Which text each row of the batch continues; -1 for one that has ended and only fills.
    private int[] _rows;
    private Tensor _input_BL;
    private Tensor _keep_BS;

    /// <param name="model">Computes the scores.</param>
    /// <param name="batch">The prompts.</param>
    /// <param name="prefix">What they go on from; not needed when their prefix is empty.</param>
    /// <param name="maxNewTokens">At least 1.</param>
    /// <param name="limits">How many rows there are at least; copies of the first prompt fill the batch up.</param>
    public TextBatch(Transformer model, PromptBatch batch, SharedPrefix? prefix, int maxNewTokens, BatchLimits limits)
    {
        (_model, _maxNewTokens, _limits, _prompts) = (model, maxNewTokens, limits, batch.Prompts);
        _texts = [.. batch.Prompts.Select(_ => new List<int>())];
        _logProbabilities = [.. batch.Prompts.Select(_ => new List<float>())];
        _rows = [.. Enumerable.Range(0, Size(batch.Prompts.Count)).Select(row => row < batch.Prompts.Count ? row : -1)];
        using var noGrad = no_grad();
        (_input_BL, _keep_BS) = Padded(batch);
        _cache = batch.Prefix > 0
            ? prefix!.Continue(_rows.Length, batch.Width + maxNewTokens - 1)
            : new KeyValueCache(model.Config, _rows.Length, batch.Width + maxNewTokens - 1, model.DType, model.Device);
    }

    /// <summary>The new tokens of each prompt.</summary>
    public IReadOnlyList<NewTokens> Write(EndRule end, TokenChoice choice, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        for (var step = 0; step < _maxNewTokens && _rows.Any(row => row >= 0); step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (tokens, logProbabilities) = Next(choice, step);
            for (var i = 0; i < _rows.Length; i++)
            {
                if (_rows[i] >= 0 && !GoesOn(_rows[i], (int)tokens[i], logProbabilities[i], end))
                {
                    _rows[i] = -1;
                }
            }

            Shrink();
        }

        return [.. _texts.Zip(_logProbabilities, (ids, values) => new NewTokens([.. ids], [.. values]))];
    }

    public void Dispose()
    {
        _input_BL.Dispose();
        _keep_BS.Dispose();
        _cache.Dispose();
    }

    private int Size(int rows) => _limits.RoundUp(Math.Max(rows, _limits.LeastRows));

    /// <summary>The prompts' tokens [B, L] with padding on the left, and which of all tokens are none [B, prefix + L].</summary>
    private (Tensor Input_BL, Tensor Keep_BS) Padded(PromptBatch batch)
    {
        var ids = new long[_rows.Length, batch.Width];
        var keep = new bool[_rows.Length, batch.Prefix + batch.Width];
        for (var row = 0; row < _rows.Length; row++)
        {
            var source = batch.Prompts[Math.Max(_rows[row], 0)].Ids;
            var padding = batch.Width - source.Length;
            for (var i = 0; i < batch.Prefix; i++)
            {
                keep[row, i] = true;
            }

            for (var i = 0; i < source.Length; i++)
            {
                ids[row, padding + i] = source[i];
                keep[row, batch.Prefix + padding + i] = true;
            }
        }

        return (tensor(ids, device: _model.Device).DetachFromDisposeScope(), tensor(keep, device: _model.Device).DetachFromDisposeScope());
    }

    private bool GoesOn(int row, int token, double logProbability, EndRule end)
    {
        if (end.IsEnd(token))
        {
            return false;
        }

        _texts[row].Add(token);
        _logProbabilities[row].Add((float)logProbability);
        return !end.IsStopped(_texts[row]);
    }

    /// <summary>The next token of each row, which is the row's next input.</summary>
    private (long[] Tokens, double[] LogProbabilities) Next(TokenChoice choice, int step)
    {
        using var scope = NewDisposeScope();
        var hidden_BLM = _model.Forward(_input_BL, _cache, _keep_BS);
        var logits_BV = _model.Logits(hidden_BLM.select(1, hidden_BLM.shape[1] - 1));
        var next = choice.Next(logits_BV, [.. _rows.Select(row => row < 0 ? 0 : _prompts[row].Item)], step);
        var input_B1 = tensor(next.Tokens, device: _model.Device).unsqueeze(1);
        Replace(ref _input_BL, input_B1);
        Replace(ref _keep_BS, cat([_keep_BS, ones_like(input_B1, dtype: ScalarType.Bool)], 1));
        return next;
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
        Replace(ref _keep_BS, _keep_BS.index_select(0, indices));
    }

    private static void Replace(ref Tensor field, Tensor value)
    {
        field.Dispose();
        field = value.DetachFromDisposeScope();
    }
}
