using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>
/// All parameters in one fp32 buffer, matrices first, then vectors, so that clipping and AdamW are a few operations over whole
/// buffers instead of some per parameter. Matrices of a layer that multiply the same input lie side by side (q, k, v; gate, up). Forward and backward see views: of the buffer itself in fp32, of a copy in bf16.
/// Gradients are accumulated by autograd straight into views of one gradient buffer.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private static readonly string[] _neighbours = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    private readonly List<(string Name, long Offset, long[] Shape)> _layout = [];
    private readonly Dictionary<string, Tensor> _views = [];
    private readonly Tensor _compute;

    /// <param name="config">Names and shapes.</param>
    /// <param name="computeType">float32 or bfloat16.</param>
    /// <param name="device">Where everything lives.</param>
    public FlatParameters(ModelConfig config, ScalarType computeType, Device device)
    {
        foreach (var (name, shape) in config.Parameters.OrderBy(parameter => parameter.Shape.Length >= 2 ? 0 : 1).ThenBy(parameter => Place(parameter.Name)))
        {
            _layout.Add((name, Count, shape));
            Count += shape.Aggregate(1L, (product, extent) => product * extent);
            Matrices = shape.Length >= 2 ? Count : Matrices;
        }

        using var scope = NewDisposeScope();
        Master = zeros(Count, float32, device).DetachFromDisposeScope();
        Gradient = zeros(Count, computeType, device).DetachFromDisposeScope();
        _compute = computeType == float32 ? Master.alias().DetachFromDisposeScope() : zeros(Count, computeType, device).DetachFromDisposeScope();
        foreach (var (name, offset, shape) in _layout)
        {
            var view = Slice(_compute, offset, shape).detach().requires_grad_(true);
            view.grad = Slice(Gradient, offset, shape);
            _views.Add(name, view.DetachFromDisposeScope());
        }
    }

    /// <summary>Number of parameters.</summary>
    public long Count { get; }

    /// <summary>Number of parameters of matrices (embeddings too), which come first.</summary>
    public long Matrices { get; }

    /// <summary>fp32 [count]: the weights as the optimizer keeps them.</summary>
    public Tensor Master { get; }

    /// <summary>[count] in the compute dtype.</summary>
    public Tensor Gradient { get; }

    /// <summary>Leaves for forward and backward, by Hugging Face name.</summary>
    public IReadOnlyDictionary<string, Tensor> Views => _views;

    /// <summary>A view of neighbouring matrices of one width as one matrix. The caller disposes it.</summary>
    public Tensor View(Tensor flat, string first, string last)
    {
        var (_, begin, shape) = _layout.First(entry => entry.Name == first);
        var (_, offset, end) = _layout.First(entry => entry.Name == last);
        return Slice(flat, begin, [((offset - begin) / shape[1]) + end[0], shape[1]]);
    }

    /// <summary>A view of one parameter in a flat buffer such as <see cref="Master"/>. The caller disposes it.</summary>
    public Tensor View(Tensor flat, string name)
    {
        var (_, offset, shape) = _layout.First(entry => entry.Name == name);
        return Slice(flat, offset, shape);
    }

    /// <summary>Carries the master weights over to the copy that forward and backward see.</summary>
    public void Publish()
    {
        if (_compute.dtype != float32)
        {
            using var none = no_grad();
            _compute.copy_(Master);
        }
    }

    public void Dispose()
    {
        foreach (var view in _views.Values)
        {
            view.Dispose();
        }

        _compute.Dispose();
        Gradient.Dispose();
        Master.Dispose();
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
