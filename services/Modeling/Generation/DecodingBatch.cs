using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Modeling.Generation;

/// <summary>The rows of a left-padded batch that are being continued, with their tokens, padding mask and cache.</summary>
internal sealed class DecodingBatch : IDisposable
{
    private readonly Transformer _model;
    private readonly KeyValueCache? _cache;

    // With a cache the tokens it has not seen, else all; and which of all tokens are kept (null: no row has padding).
    private Tensor _ids_BL;
    private Tensor? _keep_BS;

    public DecodingBatch(Transformer model, IReadOnlyList<int[]> prompts, int maxNewTokens, bool useCache)
    {
        _model = model;
        Rows = [.. Enumerable.Range(0, prompts.Count)];
        var length = prompts.Max(prompt => prompt.Length);
        var ids = new long[prompts.Count, length];
        var keep = new bool[prompts.Count, length];
        for (var row = 0; row < prompts.Count; row++)
        {
            var padding = length - prompts[row].Length;
            for (var i = 0; i < prompts[row].Length; i++)
            {
                ids[row, padding + i] = prompts[row][i];
                keep[row, padding + i] = true;
            }
        }

        _ids_BL = tensor(ids, device: model.Device).DetachFromDisposeScope();
        _keep_BS = prompts.All(prompt => prompt.Length == length) ? null : tensor(keep, device: model.Device).DetachFromDisposeScope();
        _cache = useCache ? new KeyValueCache(model.Config, prompts.Count, length + maxNewTokens - 1, model.DType, model.Device) : null;
    }

    /// <summary>Which prompt each row of the batch continues; null for a row that has ended and is only carried along.</summary>
    public IReadOnlyList<int?> Rows { get; private set; }

    /// <summary>The likeliest next token of each row, which becomes part of the row.</summary>
    public long[] Next()
    {
        using var scope = NewDisposeScope();
        var hidden = _model.Forward(_ids_BL, _cache, _keep_BS);
        var next_B1 = _model.Logits(hidden.select(1, hidden.shape[1] - 1)).argmax(1, keepdim: true);
        Replace(ref _ids_BL, _cache is null ? cat([_ids_BL, next_B1], 1) : next_B1.alias());
        if (_keep_BS is not null)
        {
            Replace(ref _keep_BS, cat([_keep_BS, ones_like(next_B1, dtype: ScalarType.Bool)], 1));
        }

        return next_B1.cpu().data<long>().ToArray();
    }

    /// <summary>Ends rows; once half of them have ended, the batch shrinks to the others.</summary>
    public void Retire(ReadOnlySpan<bool> going)
    {
        var rows = new int?[going.Length];
        var living = new List<long>();
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = going[i] ? Rows[i] : null;
            if (going[i])
            {
                living.Add(i);
            }
        }

        Rows = rows;
        if (living.Count * 2 <= rows.Length)
        {
            Shrink([.. living]);
        }
    }

    public void Dispose()
    {
        _ids_BL.Dispose();
        _keep_BS?.Dispose();
        _cache?.Dispose();
    }

    private void Shrink(long[] living)
    {
        Rows = [.. living.Select(i => Rows[(int)i])];
        if (living.Length == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var rows = tensor(living, device: _model.Device);
        _cache?.KeepRows(rows);
        Replace(ref _ids_BL, _ids_BL.index_select(0, rows));
        if (_keep_BS is not null)
        {
            Replace(ref _keep_BS, _keep_BS.index_select(0, rows));
        }
    }

    private static void Replace(ref Tensor field, Tensor value)
    {
        field.Dispose();
        field = value.DetachFromDisposeScope();
    }
}
