using Graft.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Trainer.Backpropagation;

/// <summary>
/// Cross-entropy of a head's logits, some tokens at a time: logits in fp32 for all tokens of a batch are what most memory goes to in a
/// model with a large vocabulary (4096 x 100352 x 4 bytes, and three times so with autograd). Here a chunk's logits turn into their own
/// gradient, softmax - one-hot, and are gone when the next chunk's come. With z-loss (Chowdhery et al., "PaLM", 2022), z * log(Z)^2 is
/// added for each token, whose gradient is 2 z log(Z) softmax.
/// </summary>
internal static class ChunkedLoss
{
    /// <param name="hidden">[tokens, M], of any graph.</param>
    /// <param name="targets">int64 [tokens].</param>
    /// <param name="head">[vocabulary, M]; its gradient is added to, unless it is frozen.</param>
    /// <param name="weight">Of one token's loss.</param>
    /// <param name="settings">Chunk and z-loss.</param>
    /// <returns>The weighted sum of the tokens' losses, and the gradient of the hidden states, in the current dispose scope.</returns>
    public static (double Loss, Tensor Gradient) Run(Tensor hidden, Tensor targets, Tensor head, double weight, LossSettings settings)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var factor = weight.ToScalar();
        var gradient = empty_like(hidden);
        var sums = head.requires_grad ? HeadSums(head) : null;
        var step = settings.Chunk > 0 ? settings.Chunk : Math.Max(1, hidden.shape[0]);
        var loss = 0.0;
        for (long begin = 0; begin < hidden.shape[0]; begin += step)
        {
            using var chunk = NewDisposeScope();
            var count = Math.Min(step, hidden.shape[0] - begin);
            var h = hidden.narrow(0, begin, count);
            var (part, slope) = Logits(h.mm(head.t()).to(float32), targets.narrow(0, begin, count).unsqueeze(1), settings.ZLoss);
            loss += part;
            slope = slope.mul_(factor).to(hidden.dtype);
            gradient.narrow(0, begin, count).copy_(slope.mm(head));
            sums?.add_(slope.t().mm(h), LastingScalar.Of(1L));
        }

        if (sums is not null && sums.dtype != head.dtype)
        {
            head.grad!.add_(sums, LastingScalar.Of(1L));
        }

        return (loss * weight, gradient.MoveToOuterDisposeScope());
    }

    /// <summary>The gradient itself in fp32; in bf16 a sum of its own, as adding chunk by chunk in 8 bits would lose the later ones.</summary>
    private static Tensor HeadSums(Tensor head) => head.dtype == float32 ? head.grad! : zeros(head.shape, float32, head.device);

    /// <summary>Sum of the losses, and their gradient written over the logits.</summary>
    private static (double Loss, Tensor Gradient) Logits(Tensor logits, Tensor targets, double zLoss)
    {
        var partition = logits.logsumexp(1, keepdim: true);
        var losses = partition.sub(logits.gather(1, targets));
        var softmax = logits.sub_(partition).exp_();
        if (zLoss > 0)
        {
            losses.add_(partition.mul(partition), LastingScalar.Of(zLoss));
            softmax.mul_(partition.mul_(LastingScalar.Of(2 * zLoss)).add_(LastingScalar.Of(1), LastingScalar.Of(1L)));
        }

        softmax.scatter_add_(1, targets, full_like(losses, LastingScalar.Of(-1)));
        return (losses.sum(float64).item<double>(), softmax);
    }
}
