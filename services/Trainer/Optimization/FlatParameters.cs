using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>
/// All parameters in one flat buffer, matrices first, then vectors, so that clipping and AdamW are a few operations over whole
/// buffers instead of some per parameter. Matrices of a layer that multiply the same input lie side by side (q, k, v; gate, up).
/// Forward and backward see views: of the fp32 buffer itself, or of the bf16 one. Gradients are accumulated by autograd straight into
/// views of one gradient buffer.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private const string Embedding = "model.embed_tokens.weight";

    private static readonly string[] _neighbours = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    private readonly List<(string Name, long Offset, long[] Shape)> _layout = [];
    private readonly Dictionary<string, (long Offset, long[] Shape)> _places;
    private readonly Dictionary<string, Tensor> _views = [];
    private readonly IMasterWeights _master;

    /// <summary>All parameters of a model, with fp32 master weights.</summary>
    public FlatParameters(ModelConfig config, ScalarType computeType, Device device)
        : this(config.Parameters, computeType, MasterFormat.Full, device)
    {
    }

    /// <param name="parameters">Names and shapes.</param>
    /// <param name="computeType">float32 or bfloat16; bfloat16 for split master weights.</param>
    /// <param name="format">Of the master weights.</param>
    /// <param name="device">Where everything lives.</param>
    public FlatParameters(IReadOnlyList<(string Name, long[] Shape)> parameters, ScalarType computeType, MasterFormat format, Device device)
    {
        foreach (var (name, shape) in parameters.OrderBy(parameter => parameter.Shape.Length >= 2 ? 0 : 1).ThenBy(parameter => Place(parameter.Name)))
        {
            _layout.Add((name, Count, shape));
            Count += shape.Aggregate(1L, (product, extent) => product * extent);
            Matrices = shape.Length >= 2 ? Count : Matrices;
        }

        _places = _layout.ToDictionary(entry => entry.Name, entry => (entry.Offset, entry.Shape), StringComparer.Ordinal);
        using var scope = NewDisposeScope();
        Gradient = zeros(Count, computeType, device).DetachFromDisposeScope();
        _master = format == MasterFormat.Split ? new SplitMaster(Count, device) : new FullMaster(Count, computeType, device);
        foreach (var (name, offset, shape) in _layout)
        {
            var view = Slice(_master.Compute, offset, shape).detach().requires_grad_(true);
            view.grad = Slice(Gradient, offset, shape);
            _views.Add(name, view.DetachFromDisposeScope());
        }
    }

    /// <summary>Number of parameters.</summary>
    public long Count { get; }

    /// <summary>Number of parameters of matrices (embeddings too), which come first.</summary>
    public long Matrices { get; }

    /// <summary>The weights as the optimizer keeps them.</summary>
    public IMasterWeights Weights => _master;

    /// <summary>fp32 [count]: the weights, where they are kept so.</summary>
    /// <exception cref="InvalidOperationException">They are kept split.</exception>
    public Tensor Master => (_master as FullMaster ?? throw new InvalidOperationException("There are no fp32 master weights: they are kept split.")).Values;

    /// <summary>[count] in the compute dtype.</summary>
    public Tensor Gradient { get; }

    /// <summary>Leaves for forward and backward, by Hugging Face name.</summary>
    public IReadOnlyDictionary<string, Tensor> Views => _views;

    /// <summary>A view of neighbouring matrices of one width as one matrix. The caller disposes it.</summary>
    public Tensor View(Tensor flat, string first, string last)
    {
        var (begin, shape) = _places[first];
        var (offset, end) = _places[last];
        return Slice(flat, begin, [((offset - begin) / shape[1]) + end[0], shape[1]]);
    }

    /// <summary>A view of one parameter in a flat buffer such as <see cref="Master"/>. The caller disposes it.</summary>
    public Tensor View(Tensor flat, string name)
    {
        var (offset, shape) = _places[name];
        return Slice(flat, offset, shape);
    }

    /// <summary>One parameter's weights in fp32, of its shape. The caller disposes them.</summary>
    public Tensor Read(string name)
    {
        var (offset, shape) = _places[name];
        using var flat = _master.Read(offset, shape.Aggregate(1L, (product, extent) => product * extent));
        return flat.view(shape);
    }

    /// <summary>Sets one parameter's weights, from a tensor of its shape and any type. <see cref="Publish"/> when all are set.</summary>
    public void Write(string name, Tensor values)
    {
        var (offset, shape) = _places[name];
        _master.Change(offset, shape.Aggregate(1L, (product, extent) => product * extent), range =>
        {
            using var view = range.view(shape);
            view.copy_(values);
        });
    }

    /// <summary>The ranges of the buffer in order, and whether weight decay applies to them: to matrices, of which the embedding may be exempt.</summary>
    public IEnumerable<(long Begin, long End, bool IsDecayed)> DecayRanges(bool exemptEmbeddings)
    {
        if (exemptEmbeddings && _places.TryGetValue(Embedding, out var embedding))
        {
            var end = embedding.Offset + (embedding.Shape[0] * embedding.Shape[1]);
            return [(0, embedding.Offset, true), (embedding.Offset, end, false), (end, Matrices, true), (Matrices, Count, false)];
        }

        return [(0, Matrices, true), (Matrices, Count, false)];
    }

    /// <summary>Carries the master weights over to what forward and backward see.</summary>
    public void Publish() => _master.Publish();

    public void Dispose()
    {
        foreach (var view in _views.Values)
        {
            view.Dispose();
        }

        Gradient.Dispose();
        _master.Dispose();
    }

    /// <summary>Place of a matrix within its layer; OrderBy is stable, so all others keep the order of their names.</summary>
    private static (string Layer, int Place) Place(string name)
    {
        var at = Array.FindIndex(_neighbours, part => name.EndsWith($".{part}.weight", StringComparison.Ordinal));
        return at < 0 ? (name, 0) : (name[..(name.IndexOf(".layers.", StringComparison.Ordinal) + ".layers.".Length)] + LayerOf(name), at);
    }

    private static string LayerOf(string name) => name.Split('.')[2];

    private static Tensor Slice(Tensor flat, long offset, long[] shape)
    {
        using var range = flat.narrow(0, offset, shape.Aggregate(1L, (product, extent) => product * extent));
        return range.view(shape);
    }
}
