using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>
/// The weights as the optimizer keeps them: all in one flat buffer, worth fp32 whatever they are stored as. Two implementations:
/// <see cref="FullMaster"/> and <see cref="SplitMaster"/>.
/// </summary>
internal interface IMasterWeights : IDisposable
{
    /// <summary>[count]: what forward and backward see. Lives as long as this, at the same place.</summary>
    Tensor Compute { get; }

    /// <summary>What a saved state must hold, by name.</summary>
    IReadOnlyList<(string Name, Tensor Tensor)> State { get; }

    /// <summary>fp32 [count]: a range of the weights; a view where they are stored so. The caller disposes it.</summary>
    Tensor Read(long begin, long count);

    /// <summary>Lets a range be changed in place, as fp32.</summary>
    void Change(long begin, long count, Action<Tensor> change);

    /// <summary>After changes, or after <see cref="State"/> was overwritten: carries them over to <see cref="Compute"/>.</summary>
    void Publish();
}
