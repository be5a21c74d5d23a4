using Graft.Trainer.Vectors;
using static TorchSharp.torch;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>A matrix that libtorch multiplies and the kernels read and write in place: fp32 [capacity, columns], of which a batch uses the first rows.</summary>
internal sealed unsafe class Workspace : IDisposable
{
    private readonly Tensor _tensor;
    private readonly Dictionary<int, Tensor> _firstRows = [];
    private readonly float* _first;
    private readonly int _columns;

    public Workspace(int capacity, int columns)
    {
        _columns = columns;
        _tensor = zeros([capacity, columns], float32, CPU).DetachFromDisposeScope();
        fixed (byte* first = _tensor.bytes)
        {
            // libtorch's memory does not move; it lives as long as the tensor does.
            _first = (float*)first;
        }
    }

    public Rows Rows => new(_first, _columns, _columns);

    public float* Pointer => _first;

    /// <summary>The first rows as a tensor, owned by this workspace.</summary>
    public Tensor Take(int rows)
    {
        if (!_firstRows.TryGetValue(rows, out var view))
        {
            view = _tensor.narrow(0, 0, rows).DetachFromDisposeScope();
            _firstRows.Add(rows, view);
        }

        return view;
    }

    public void Clear(int rows) => new Span<float>(_first, rows * _columns).Clear();

    public void Dispose()
    {
        foreach (var view in _firstRows.Values)
        {
            view.Dispose();
        }

        _tensor.Dispose();
    }
}
