using Graft.Artifacts.Recipes;
using Graft.Trainer.Data;

namespace Graft.Trainer.Backpropagation;

/// <summary>
/// The gradient of a batch's loss. Two implementations, held to the same numbers by a test: <see cref="AutogradBackpropagation"/> for
/// every model, dtype and device, and <see cref="Fused.FusedBackpropagation"/> for small OLMo 2 models in fp32 on a CPU.
/// </summary>
internal interface IBackpropagation : IDisposable
{
    /// <summary>Adds the gradient to the parameters' gradient buffer.</summary>
    /// <returns>The loss, reduced as asked.</returns>
    double Run(Batch batch, LossReduction reduction);
}
