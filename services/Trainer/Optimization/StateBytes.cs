using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Trainer.Optimization;

/// <summary>Bytes a trained parameter takes for as long as training lasts: weights, gradient and moments, without activations.</summary>
internal static class StateBytes
{
    // A byte and, for each block of 256, an fp32 scale.
    private const double Coded = 1 + (4.0 / BlockMoments.BlockSize);

    public static double PerParameter(DType compute, MemorySettings memory)
    {
        var master = compute == DType.F32 ? 4 : memory.Master == MasterFormat.Split ? 2 + 2 : 2 + 4;
        var gradient = compute.Size();
        var moments = 2 * (memory.Moments == MomentFormat.Block8 ? Coded : 4);
        return master + gradient + moments;
    }
}
