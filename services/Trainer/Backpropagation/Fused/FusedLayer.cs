using Graft.Modeling.Configuration;
using Graft.Trainer.Optimization;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>
/// One OLMo 2 layer, forward and backward: h = h + norm(attention(h)); h = h + norm(mlp(h)), queries and keys normed over their full
/// width. Matrix products are libtorch's; everything between them is one pass over memory each.
/// </summary>
internal sealed unsafe class FusedLayer : IDisposable
{
    private readonly ModelConfig _config;
    private readonly Weight _qkv, _queryNorm, _keyNorm, _output, _attentionNorm, _gateUp, _down, _mlpNorm;
    private readonly Workspace _input, _projected, _rotated, _probabilities, _attended, _mixed, _middle, _gates, _activated, _lowered, _scales;
    private readonly int _capacity, _query, _keyValue;

    public FusedLayer(ModelConfig config, FlatParameters parameters, int layer, int capacity, int longest)
    {
        var prefix = $"model.layers.{layer}.";
        Weight W(string first, string? last = null) => new(parameters, $"{prefix}{first}.weight", last is null ? null : $"{prefix}{last}.weight");
        (_qkv, _output) = (W("self_attn.q_proj", "self_attn.v_proj"), W("self_attn.o_proj"));
        (_queryNorm, _keyNorm) = (W("self_attn.q_norm"), W("self_attn.k_norm"));
        (_gateUp, _down) = (W("mlp.gate_proj", "mlp.up_proj"), W("mlp.down_proj"));
        (_attentionNorm, _mlpNorm) = (W("post_attention_layernorm"), W("post_feedforward_layernorm"));

        (_config, _capacity) = (config, capacity);
        (_query, _keyValue) = (config.Heads * config.HeadDim, config.KeyValueHeads * config.HeadDim);
        Workspace Make(int columns) => new(capacity, columns);
        (_input, _mixed, _middle, _lowered) = (Make(config.HiddenSize), Make(config.HiddenSize), Make(config.HiddenSize), Make(config.HiddenSize));
        (_projected, _rotated, _attended) = (Make(_query + (2 * _keyValue)), Make(_query + _keyValue), Make(_query));
        (_gates, _activated) = (Make(2 * config.IntermediateSize), Make(config.IntermediateSize));
        _probabilities = Make(config.Heads * CausalAttention.Padded(longest));
        _scales = new Workspace(4, capacity);
    }

    /// <summary>[rows, hidden]: where the layer reads from; the layer before (or the embedding) writes here.</summary>
    public Workspace Input => _input;

    public void Forward(Extent extent, CausalAttention attention, float* cosine, float* sine, Rows output)
    {
        var rows = extent.Rows;
        _qkv.Multiply(_input.Take(rows), _projected.Take(rows));
        var (q, k) = (_rotated.Rows.Slice(0, _query), _rotated.Rows.Slice(_query, _keyValue));
        RmsNorm.Forward(_projected.Rows.Slice(0, _query), _queryNorm.Value, q, Scale(0), null, rows, _config.RmsNormEpsilon);
        RmsNorm.Forward(_projected.Rows.Slice(_query, _keyValue), _keyNorm.Value, k, Scale(1), null, rows, _config.RmsNormEpsilon);
        Rotary.Apply(_rotated.Rows, cosine, sine, extent.Positions, _config.HeadDim, backward: false);
        attention.Forward(q, k, Values(_projected), _attended.Rows, _probabilities.Pointer, extent.Stretches);
        _output.Multiply(_attended.Take(rows), _mixed.Take(rows));
        RmsNorm.Forward(_mixed.Rows, _attentionNorm.Value, _middle.Rows, Scale(2), _input.Rows, rows, _config.RmsNormEpsilon);

        _gateUp.Multiply(_middle.Take(rows), _gates.Take(rows));
        GatedActivation.Forward(Gate, Up, _activated.Rows, rows);
        _down.Multiply(_activated.Take(rows), _lowered.Take(rows));
        RmsNorm.Forward(_lowered.Rows, _mlpNorm.Value, output, Scale(3), _middle.Rows, rows, _config.RmsNormEpsilon);
    }

    /// <param name="extent">Of the forward pass.</param>
    /// <param name="attention">As in the forward pass.</param>
    /// <param name="cosine">As in the forward pass.</param>
    /// <param name="sine">As in the forward pass.</param>
    /// <param name="gradient">[rows, hidden]: in, of the layer's output; out, of its input.</param>
    /// <param name="scratch">Shared by all layers.</param>
    public void Backward(Extent extent, CausalAttention attention, float* cosine, float* sine, Workspace gradient, BackwardScratch scratch)
    {
        var rows = extent.Rows;
        var (hidden, all) = (scratch.Hidden, gradient.Take(rows));
        RmsNorm.Backward(_lowered.Rows, _mlpNorm.Value, Scale(3), gradient.Rows, hidden.Rows, _mlpNorm.Gradient, rows, accumulate: false);
        _down.AddGradient(hidden.Take(rows), _activated.Take(rows));
        _down.Backward(hidden.Take(rows), scratch.Activated.Take(rows), accumulate: false);
        GatedActivation.Backward(Gate, Up, scratch.Activated.Rows, rows);
        _gateUp.AddGradient(_gates.Take(rows), _middle.Take(rows));
        _gateUp.Backward(_gates.Take(rows), all, accumulate: true);

        RmsNorm.Backward(_mixed.Rows, _attentionNorm.Value, Scale(2), gradient.Rows, hidden.Rows, _attentionNorm.Gradient, rows, accumulate: false);
        _output.AddGradient(hidden.Take(rows), _attended.Take(rows));
        _output.Backward(hidden.Take(rows), scratch.Attended.Take(rows), accumulate: false);
        BackwardAttention(extent, attention, cosine, sine, scratch);
        _qkv.AddGradient(scratch.Projected.Take(rows), _input.Take(rows));
        _qkv.Backward(scratch.Projected.Take(rows), all, accumulate: true);
    }

    public void Dispose()
    {
        foreach (var weight in new[] { _qkv, _queryNorm, _keyNorm, _output, _attentionNorm, _gateUp, _down, _mlpNorm })
        {
            weight.Dispose();
        }

        foreach (var space in new[]
                 {
                     _input, _projected, _rotated, _probabilities, _attended, _mixed, _middle, _gates, _activated, _lowered, _scales,
                 })
        {
            space.Dispose();
        }
    }

    private Rows Gate => _gates.Rows.Slice(0, _config.IntermediateSize);

    private Rows Up => _gates.Rows.Slice(_config.IntermediateSize, _config.IntermediateSize);

    private void BackwardAttention(Extent extent, CausalAttention attention, float* cosine, float* sine, BackwardScratch scratch)
    {
        var rows = extent.Rows;
        scratch.Rotated.Clear(rows);
        scratch.Projected.Clear(rows);
        var (dq, dk) = (scratch.Rotated.Rows.Slice(0, _query), scratch.Rotated.Rows.Slice(_query, _keyValue));
        attention.Backward(
            _rotated.Rows.Slice(0, _query),
            _rotated.Rows.Slice(_query, _keyValue),
            Values(_projected),
            scratch.Attended.Rows,
            _probabilities.Pointer,
            dq,
            dk,
            Values(scratch.Projected),
            extent.Stretches);
        Rotary.Apply(scratch.Rotated.Rows, cosine, sine, extent.Positions, _config.HeadDim, backward: true);
        RmsNorm.Backward(
            _projected.Rows.Slice(0, _query), _queryNorm.Value, Scale(0), dq, scratch.Projected.Rows.Slice(0, _query), _queryNorm.Gradient, rows, accumulate: false);
        RmsNorm.Backward(
            _projected.Rows.Slice(_query, _keyValue), _keyNorm.Value, Scale(1), dk, scratch.Projected.Rows.Slice(_query, _keyValue), _keyNorm.Gradient, rows, accumulate: false);
    }

    private Rows Values(Workspace projected) => projected.Rows.Slice(_query + _keyValue, _keyValue);

    private float* Scale(int index) => _scales.Pointer + ((long)index * _capacity);
}
