using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>AdamW's two moments of every parameter. Two implementations: <see cref="FullMoments"/> and <see cref="BlockMoments"/>.</summary>
internal interface IMoments : IDisposable
{
    /// <summary>What a saved state must hold, by name.</summary>
    IReadOnlyList<(string Name, Tensor Tensor)> State { get; }

    /// <summary>Lets a range be changed in place, as fp32: the first moments, then the second.</summary>
    /// <param name="begin">A multiple of <see cref="BlockMoments.BlockSize"/>.</param>
    /// <param name="count">A multiple of it too, unless the range ends where the parameters do.</param>
    /// <param name="step">Number of the update.</param>
    /// <param name="change">First moments, second moments.</param>
    void Change(long begin, long count, int step, Action<Tensor, Tensor> change);
}
