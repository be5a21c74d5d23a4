using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>Master weights in fp32; where the computation is in bf16, its copy is rounded from them.</summary>
internal sealed class FullMaster : IMasterWeights
{
    public FullMaster(long count, ScalarType computeType, Device device)
    {
        using var scope = NewDisposeScope();
        Values = zeros(count, float32, device).DetachFromDisposeScope();
        Compute = (computeType == float32 ? Values.alias() : zeros(count, computeType, device)).DetachFromDisposeScope();
    }

    /// <summary>fp32 [count].</summary>
    public Tensor Values { get; }

    public Tensor Compute { get; }

    public IReadOnlyList<(string Name, Tensor Tensor)> State => [("master", Values)];

    public Tensor Read(long begin, long count) => Values.narrow(0, begin, count);

    public void Change(long begin, long count, Action<Tensor> change)
    {
        using var none = no_grad();
        using var range = Values.narrow(0, begin, count);
        change(range);
    }

    public void Publish()
    {
        if (Compute.dtype != float32)
        {
            using var none = no_grad();
            Compute.copy_(Values);
        }
    }

    public void Dispose()
    {
        Compute.Dispose();
        Values.Dispose();
    }
}
