using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>Moments in fp32.</summary>
internal sealed class FullMoments : IMoments
{
    public FullMoments(long count, Device device)
    {
        First = zeros(count, float32, device).DetachFromDisposeScope();
        Second = zeros(count, float32, device).DetachFromDisposeScope();
    }

    /// <summary>fp32 [count].</summary>
    public Tensor First { get; }

    /// <summary>fp32 [count].</summary>
    public Tensor Second { get; }

    public IReadOnlyList<(string Name, Tensor Tensor)> State => [("moment1", First), ("moment2", Second)];

    public void Change(long begin, long count, int step, Action<Tensor, Tensor> change)
    {
        using Tensor first = First.narrow(0, begin, count), second = Second.narrow(0, begin, count);
        change(first, second);
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
