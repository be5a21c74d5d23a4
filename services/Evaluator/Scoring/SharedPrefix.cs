using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

/// <summary>Keys and values of the tokens that all sequences of a task begin with: read once, by itself, so that they depend on nothing else.</summary>
internal sealed class SharedPrefix : IDisposable
{
    private readonly KeyValueCache _cache;

    private SharedPrefix(KeyValueCache cache) => _cache = cache;

    /// <param name="model">Reads the tokens.</param>
    /// <param name="ids">At least one.</param>
    public static SharedPrefix Read(Transformer model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var cache = new KeyValueCache(model.Config, 1, ids.Length, model.DType, model.Device);
        model.Forward(tensor(Array.ConvertAll(ids, id => (long)id), device: model.Device).unsqueeze(0), cache);
        return new SharedPrefix(cache);
    }

    /// <summary>A cache whose rows all go on from the prefix.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="more">Tokens a row has room for behind the prefix.</param>
    public KeyValueCache Continue(int rows, int more) => KeyValueCache.Continue(_cache, rows, _cache.Length + more);

    public void Dispose() => _cache.Dispose();
}
