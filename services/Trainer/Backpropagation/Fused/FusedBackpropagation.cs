using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>
/// Forward and backward of an OLMo 2 model in fp32 on a CPU, written out. At the sizes a laptop trains, eager tensor operations spend
/// more time between the matrix products than in them; here nothing is allocated in a step, and what lies between two products is one
/// pass over memory. It keeps attention probabilities, so it is for short sequences.
/// </summary>
internal sealed unsafe class FusedBackpropagation : IBackpropagation
{
    /// <summary>Longest sequence it takes: beyond, kept probabilities outgrow the caches and autograd's attention is better.</summary>
    public const int MaxLength = 256;

    private readonly ModelConfig _config;
    private readonly Weight _embedding, _norm, _head;
    private readonly FusedLayer[] _layers;
    private readonly Workspace _output, _picked, _normed, _scales, _logits, _gradient, _pickedGradient;
    private readonly BackwardScratch _scratch;
    private readonly RotaryTable _rotary;
    private readonly Dictionary<int, CausalAttention> _attention = [];

    /// <param name="config">See <see cref="Supports"/>.</param>
    /// <param name="parameters">In fp32 on a CPU.</param>
    /// <param name="capacity">Largest rows * length of a batch.</param>
    /// <param name="longest">Longest sequence.</param>
    public FusedBackpropagation(ModelConfig config, FlatParameters parameters, int capacity, int longest)
    {
        _config = config;
        _embedding = new Weight(parameters, "model.embed_tokens.weight");
        _norm = new Weight(parameters, "model.norm.weight");
        _head = new Weight(parameters, "lm_head.weight");
        _layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new FusedLayer(config, parameters, layer, capacity, longest))];
        Workspace Hidden() => new(capacity, config.HiddenSize);
        (_output, _picked, _normed, _gradient, _pickedGradient) = (Hidden(), Hidden(), Hidden(), Hidden(), Hidden());
        _scales = new Workspace(1, capacity);
        _logits = new Workspace(capacity, config.VocabularySize);
        _scratch = new BackwardScratch(config, capacity);
        _rotary = new RotaryTable(config, longest);
    }

    /// <summary>Whether the model and its sequences are of the kind this is written for.</summary>
    public static bool Supports(ModelConfig config, int longest) =>
        config is { Architecture: ModelArchitecture.Olmo2, TieWordEmbeddings: false, RopeScaling: null } && longest <= MaxLength;

    public double Run(Batch batch, LossReduction reduction, int? tokens = null)
    {
        var extent = Extent.Of(batch);
        var counted = CountedPositions.Of(batch);
        fixed (float* cosine = _rotary.Cosine, sine = _rotary.Sine)
        {
            Embed(batch.Inputs);
            for (var layer = 0; layer < _layers.Length; layer++)
            {
                var next = layer + 1 < _layers.Length ? _layers[layer + 1].Input : _output;
                _layers[layer].Forward(extent, Attention(batch.Length), cosine, sine, next.Rows);
            }

            var loss = Head(extent, counted, reduction == LossReduction.Sum ? 1 : 1.0 / Math.Max(1, tokens ?? counted.Targets.Length));
            for (var layer = _layers.Length - 1; layer >= 0; layer--)
            {
                _layers[layer].Backward(extent, Attention(batch.Length), cosine, sine, _gradient, _scratch);
            }

            EmbedBackward(batch.Inputs);
            return loss;
        }
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer.Dispose();
        }

        foreach (var space in new[] { _output, _picked, _normed, _scales, _logits, _gradient, _pickedGradient })
        {
            space.Dispose();
        }

        foreach (var weight in new[] { _embedding, _norm, _head })
        {
            weight.Dispose();
        }

        _scratch.Dispose();
    }

    /// <summary>Final norm, head and loss on the positions that count; leaves the gradient of the last layer's output in _gradient.</summary>
    private double Head(Extent extent, CountedPositions counted, double weight)
    {
        var n = counted.Positions.Length;
        for (var i = 0; i < n; i++)
        {
            Span(_output.Rows, (int)counted.Positions[i]).CopyTo(Span(_picked.Rows, i));
        }

        RmsNorm.Forward(_picked.Rows, _norm.Value, _normed.Rows, _scales.Pointer, null, n, _config.RmsNormEpsilon);
        _head.Multiply(_normed.Take(n), _logits.Take(n));
        var loss = SoftmaxLoss.Run(_logits.Rows, counted.Targets, weight);
        _head.AddGradient(_logits.Take(n), _normed.Take(n));
        _head.Backward(_logits.Take(n), _pickedGradient.Take(n), accumulate: false);
        RmsNorm.Backward(_picked.Rows, _norm.Value, _scales.Pointer, _pickedGradient.Rows, _pickedGradient.Rows, _norm.Gradient, n, accumulate: false);
        _gradient.Clear(extent.Rows);
        for (var i = 0; i < n; i++)
        {
            Span(_pickedGradient.Rows, i).CopyTo(Span(_gradient.Rows, (int)counted.Positions[i]));
        }

        return loss;
    }

    private void Embed(long[] inputs)
    {
        var target = _layers[0].Input.Rows;
        for (var row = 0; row < inputs.Length; row++)
        {
            new ReadOnlySpan<float>(_embedding.Value + (inputs[row] * _config.HiddenSize), _config.HiddenSize).CopyTo(Span(target, row));
        }
    }

    private void EmbedBackward(long[] inputs)
    {
        for (var row = 0; row < inputs.Length; row++)
        {
            if (inputs[row] == _config.PadId)
            {
                // As nn.Embedding(padding_idx) of the reference: what stands for nothing learns nothing.
                continue;
            }

            Lanes.AddScaled(_embedding.Gradient + (inputs[row] * _config.HiddenSize), _gradient.Rows[row], 1, _config.HiddenSize);
        }
    }

    private CausalAttention Attention(int length)
    {
        if (!_attention.TryGetValue(length, out var attention))
        {
            attention = new CausalAttention(_config.Heads, _config.KeyValueHeads, _config.HeadDim, length);
            _attention.Add(length, attention);
        }

        return attention;
    }

    private static Span<float> Span(Rows rows, int row) => new(rows[row], rows.Columns);
}
