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
    /// <param name="batch">The batch of a step, or a part of it.</param>
    /// <param name="reduction">How token losses become one number.</param>
    /// <param name="tokens">What a mean is over: the counted tokens of the step's whole batch; null for those of this one.</param>
    /// <returns>The loss, reduced as asked: of a part, its share of the whole.</returns>
    double Run(Batch batch, LossReduction reduction, int? tokens = null);
}
