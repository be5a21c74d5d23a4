namespace Graft.Trainer.Backpropagation;

/// <summary>How the loss of an <see cref="AutogradBackpropagation"/> is computed.</summary>
/// <param name="Chunk">Tokens whose logits exist at one time; 0 for all.</param>
/// <param name="ZLoss">Weight of the squared log-partition; 0 for none.</param>
internal sealed record LossSettings(int Chunk, double ZLoss)
{
    /// <summary>libtorch's cross-entropy, with all logits at once.</summary>
    public bool IsPlain => Chunk == 0 && ZLoss == 0;
}
