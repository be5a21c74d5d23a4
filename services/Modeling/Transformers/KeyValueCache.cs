using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>
/// Keys and values of the tokens a model has seen, so that each new token costs one column only. Shapes: B batch, K key and value heads,
/// C capacity, L new tokens, D head_dim.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly long _capacity;
    private readonly Tensor[] _keys_BKCD;
    private readonly Tensor[] _values_BKCD;

    /// <summary>An empty cache with room for <paramref name="capacity"/> tokens a row, padding included.</summary>
    public KeyValueCache(ModelConfig config, long batch, long capacity, ScalarType dtype, Device device)
    {
        _capacity = capacity;
        _keys_BKCD = [.. Enumerable.Range(0, config.Layers).Select(_ => Room())];
        _values_BKCD = [.. Enumerable.Range(0, config.Layers).Select(_ => Room())];

        Tensor Room() => empty([batch, config.KeyValueHeads, capacity, config.HeadDim], dtype, device).DetachFromDisposeScope();
    }

    private KeyValueCache(Tensor[] keys, Tensor[] values, long capacity) => (_keys_BKCD, _values_BKCD, _capacity) = (keys, values, capacity);

    /// <summary>Tokens a row holds, padding included.</summary>
    public long Length { get; private set; }

    /// <summary>A cache of several rows, all of which go on from the one row of another.</summary>
    /// <param name="start">One row; stays as it is.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Tokens a row has room for, those of the start included.</param>
    public static KeyValueCache Continue(KeyValueCache start, long batch, long capacity)
    {
        if (start._keys_BKCD[0].shape[0] != 1 || capacity < start.Length)
        {
            throw new ArgumentException($"A cache of {start._keys_BKCD[0].shape[0]} rows and {start.Length} tokens is not continued in room for {capacity}.", nameof(start));
        }

        using var noGrad = no_grad();
        return new KeyValueCache(Copies(start._keys_BKCD), Copies(start._values_BKCD), capacity) { Length = start.Length };

        Tensor[] Copies(Tensor[] layers) => Array.ConvertAll(layers, layer =>
        {
            using var scope = NewDisposeScope();
            var shape = layer.shape;
            var room = empty([batch, shape[1], capacity, shape[3]], layer.dtype, layer.device);
            room.narrow(2, 0, start.Length).copy_(layer.narrow(2, 0, start.Length));
            return room.DetachFromDisposeScope();
        });
    }

    /// <summary>Forgets the latest tokens, so that others can follow the first ones.</summary>
    public void Rewind(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Drops all rows but those given (int64 indices), in their order.</summary>
    public void KeepRows(Tensor rows)
    {
        using var noGrad = no_grad();
        for (var layer = 0; layer < _keys_BKCD.Length; layer++)
        {
            Replace(_keys_BKCD, layer, rows);
            Replace(_values_BKCD, layer, rows);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _keys_BKCD.Concat(_values_BKCD))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Adds the keys and values [B, K, L, D] of new tokens to a layer and returns all so far [B, K, S, D], as views.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var length = keys.shape[2];
        if (Length + length > _capacity)
        {
            throw new InvalidOperationException($"The cache has room for {_capacity} tokens; {Length} + {length} were added.");
        }

        if (keys.requires_grad || values.requires_grad)
        {
            throw new InvalidOperationException("A cache keeps no gradients; run the model under no_grad().");
        }

        _keys_BKCD[layer].narrow(2, Length, length).copy_(keys);
        _values_BKCD[layer].narrow(2, Length, length).copy_(values);
        return (_keys_BKCD[layer].narrow(2, 0, Length + length), _values_BKCD[layer].narrow(2, 0, Length + length));
    }

    /// <summary>Counts tokens that every layer has appended.</summary>
    internal void Advance(long length) => Length += length;

    private static void Replace(Tensor[] tensors, int layer, Tensor rows)
    {
        var old = tensors[layer];
        tensors[layer] = old.index_select(0, rows).DetachFromDisposeScope();
        old.Dispose();
    }
}
