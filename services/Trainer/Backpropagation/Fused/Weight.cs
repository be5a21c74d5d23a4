using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>A weight and its gradient as views of the flat buffers: a matrix [out, in] or a vector.</summary>
internal sealed unsafe class Weight : IDisposable
{
    private readonly Tensor _value;
    private readonly Tensor _transposed;
    private readonly Tensor _gradient;

    public Weight(FlatParameters parameters, string first, string? last = null)
    {
        Tensor View(Tensor flat) =>
            (last is null ? parameters.View(flat, first) : parameters.View(flat, first, last)).DetachFromDisposeScope();
        _value = View(parameters.Master);
        _gradient = View(parameters.Gradient);
        _transposed = (_value.Dimensions == 2 ? _value.t() : _value.alias()).DetachFromDisposeScope();
        fixed (byte* value = _value.bytes, gradient = _gradient.bytes)
        {
            // Views of the flat buffers, which outlive this.
            Value = (float*)value;
            Gradient = (float*)gradient;
        }
    }

    public float* Value { get; }

    public float* Gradient { get; }

    /// <summary>y = x W'.</summary>
    public void Multiply(Tensor x, Tensor y) => y.addmm_(x, _transposed, 0, 1);

    /// <summary>gradient += dy' x.</summary>
    public void AddGradient(Tensor dy, Tensor x)
    {
        using var transposed = dy.t();
        _gradient.addmm_(transposed, x, 1, 1);
    }

    /// <summary>dx = dy W, or dx += dy W.</summary>
    public void Backward(Tensor dy, Tensor dx, bool accumulate) => dx.addmm_(dy, _value, accumulate ? 1 : 0, 1);

    public void Dispose()
    {
        _transposed.Dispose();
        _value.Dispose();
        _gradient.Dispose();
    }
}
