using Graft.Artifacts.Recipes;
using Graft.Modeling.Transformers;
using Graft.Trainer.Data;
using static TorchSharp.torch;

namespace Graft.Trainer.Backpropagation;

/// <summary>The model's own forward pass, differentiated by libtorch.</summary>
internal sealed class AutogradBackpropagation(Transformer model, Device device, LossSettings? loss = null, bool recompute = false) : IBackpropagation
{
    private readonly LossSettings _settings = loss ?? new LossSettings(0, 0);

    public double Run(Batch batch, LossReduction reduction, int? tokens = null)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(batch.Inputs, [batch.Inputs.Length], int64, device);
        var begins = SegmentBegins.Of(batch) is { } places ? tensor(places, [batch.Rows, batch.Length], int64, device) : null;
        var pass = model.BeginPass(batch.Rows, batch.Length, begins);
        var part = new Part(CountedPositions.Of(batch), batch.Targets.Length, reduction, tokens);
        return recompute ? Recompute(ids, pass, part) : Keep(ids, pass, part);
    }

    public void Dispose()
    {
        // The model's weights belong to the session.
    }

    private double Keep(Tensor ids, Transformer.ForwardPass pass, Part part)
    {
        var hidden = pass.Embed(ids);
        for (var layer = 0; layer < model.Config.Layers; layer++)
        {
            hidden = pass.Layer(hidden, layer);
        }

        return Lose(pass.Finish(hidden), part);
    }

    /// <summary>
    /// Keeps the layers' inputs only (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016), and differentiates a layer at
    /// a time: its graph, and the gradients of its matrices before they are added to the buffer, exist for one layer only.
    /// </summary>
    private double Recompute(Tensor ids, Transformer.ForwardPass pass, Part part)
    {
        var inputs = new Tensor[model.Config.Layers + 1];
        using (no_grad())
        {
            inputs[0] = pass.Embed(ids);
            for (var layer = 0; layer < model.Config.Layers; layer++)
            {
                inputs[layer + 1] = pass.Layer(inputs[layer], layer);
            }
        }

        var top = inputs[^1].requires_grad_(true);
        var value = Lose(pass.Finish(top), part);
        var gradient = top.grad!;
        for (var layer = model.Config.Layers - 1; layer >= 0; layer--)
        {
            using var scope = NewDisposeScope();
            var input = inputs[layer].requires_grad_(true);
            pass.Layer(input, layer).backward([gradient]);
            var next = input.grad!.MoveToOuterDisposeScope();
            input.grad = null;
            gradient.Dispose();
            inputs[layer + 1].Dispose();
            gradient = next;
        }

        if (pass.Embed(ids) is { requires_grad: true } first)
        {
            first.backward([gradient]);
        }

        return value;
    }

    /// <summary>The loss of the normed hidden states, with its backward pass.</summary>
    private double Lose(Tensor hidden, Part part)
    {
        if (part.Counted.Positions.Length < part.Positions)
        {
            hidden = hidden.index_select(0, tensor(part.Counted.Positions, int64, device));
        }

        var targets = tensor(part.Counted.Targets, int64, device);
        if (!_settings.IsPlain)
        {
            var (value, gradient) = ChunkedLoss.Run(hidden, targets, model.Head, part.Weight, _settings);
            hidden.backward([gradient]);
            return value;
        }

        // Logits are cast up: log-softmax over a vocabulary in bf16 loses the small differences training lives on.
        var logits = model.Logits(hidden).to(float32);
        var reduction = part.IsOwnMean ? nn.Reduction.Mean : nn.Reduction.Sum;
        var loss = nn.functional.cross_entropy(logits, targets, reduction: reduction);
        if (part.IsOwnMean || part.Weight == 1)
        {
            loss.backward();
            return loss.item<float>();
        }

        loss.backward([tensor((float)part.Weight, device: device)]);
        return loss.item<float>() * part.Weight;
    }

    /// <summary>What counts of a batch, and how much.</summary>
    /// <param name="Counted">Positions with a target.</param>
    /// <param name="Positions">All positions of the batch.</param>
    /// <param name="Reduction">Of the whole step.</param>
    /// <param name="Tokens">Counted tokens of the whole step; null for those of the batch.</param>
    private sealed record Part(CountedPositions Counted, int Positions, LossReduction Reduction, int? Tokens)
    {
        public double Weight => Reduction == LossReduction.Sum ? 1 : 1.0 / Math.Max(1, Tokens ?? Counted.Targets.Length);

        public bool IsOwnMean => Reduction == LossReduction.Mean && (Tokens is null || Tokens == Counted.Targets.Length);
    }
}
