using Graft.Artifacts.Recipes;
using Graft.Modeling.Transformers;
using Graft.Trainer.Data;
using static TorchSharp.torch;

namespace Graft.Trainer.Backpropagation;

/// <summary>The model's own forward pass, differentiated by libtorch.</summary>
internal sealed class AutogradBackpropagation(Transformer model, Device device) : IBackpropagation
{
    public double Run(Batch batch, LossReduction reduction)
    {
        using var scope = NewDisposeScope();
        var inputs = tensor(batch.Inputs, [batch.Rows, batch.Length], int64, device);
        var hidden = model.Forward(inputs);
        hidden = hidden.reshape(-1, hidden.shape[^1]);
        var counted = CountedPositions.Of(batch);
        if (counted.Positions.Length < batch.Targets.Length)
        {
            hidden = hidden.index_select(0, tensor(counted.Positions, int64, device));
        }

        // Logits are cast up: log-softmax over a vocabulary in bf16 loses the small differences training lives on.
        var logits = model.Logits(hidden).to(float32);
        var loss = nn.functional.cross_entropy(
            logits,
            tensor(counted.Targets, int64, device),
            reduction: reduction == LossReduction.Sum ? nn.Reduction.Sum : nn.Reduction.Mean);
        loss.backward();
        return loss.item<float>();
    }

    public void Dispose()
    {
        // The model's weights belong to the session.
    }
}
