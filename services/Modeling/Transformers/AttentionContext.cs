using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>What all layers of one forward pass share: shapes, rotary tables, mask and cache.</summary>
/// <param name="Config">The model's shape.</param>
/// <param name="Batch">B.</param>
/// <param name="Length">L, tokens of the input.</param>
/// <param name="Rotary">Turns queries and keys.</param>
/// <param name="Cos">Cosines [L, H * D] or [B, L, H * D] for it.</param>
/// <param name="Sin">Signed sines, likewise.</param>
/// <param name="Mask">Added to the attention's scores, broadcast over [B, H, L, S]; null when nothing is hidden but by causality.</param>
/// <param name="Causal">True when causality alone hides what comes later; needs L = S.</param>
/// <param name="Cache">Keys and values so far.</param>
internal sealed record AttentionContext(
    ModelConfig Config,
    long Batch,
    long Length,
    RotaryEmbedding Rotary,
    Tensor Cos,
    Tensor Sin,
    Tensor? Mask,
    bool Causal,
    KeyValueCache? Cache)
{
    public static AttentionContext Make(
        RotaryEmbedding rotary, ScalarType dtype, ModelConfig config, long batch, long length, KeyValueCache? cache, Tensor? keep_BS)
    {
        using var noGrad = no_grad();
        var past = cache?.Length ?? 0;
        if (keep_BS is not null && !(keep_BS.shape is [var rows, var columns] && rows == batch && columns == past + length))
        {
            throw new ArgumentException($"keep is [{string.Join(", ", keep_BS.shape)}], not [{batch}, {past + length}].", nameof(keep_BS));
        }

        var tables = keep_BS is null
            ? rotary.Range(past, length)
            : rotary.At(Positions(keep_BS, length), past + length);
        var (cos, sin) = Rounded(tables, dtype, config);
        var needsMask = keep_BS is not null || (past > 0 && length > 1);
        var mask = needsMask ? Hide(Allowed(past, length, keep_BS, cos.device), dtype) : null;
        return new AttentionContext(config, batch, length, rotary, cos, sin, mask, !needsMask && length > 1, cache);
    }

    public static AttentionContext Make(
        RotaryEmbedding rotary, ScalarType dtype, ModelConfig config, long batch, long length, KeyValueCache? cache, TokenLayout layout)
    {
        using var noGrad = no_grad();
        var columns = (cache?.Length ?? 0) + length;
        if (!layout.Positions.shape.SequenceEqual([batch, length]) || !layout.Allowed.shape.SequenceEqual([batch, length, columns]))
        {
            throw new ArgumentException(
                $"The layout has positions [{string.Join(", ", layout.Positions.shape)}] and a mask [{string.Join(", ", layout.Allowed.shape)}] "
                + $"for [{batch}, {length}] tokens that see {columns}.",
                nameof(layout));
        }

        var (cos, sin) = Rounded(rotary.At(layout.Positions, layout.Bound), dtype, config);
        return new AttentionContext(config, batch, length, rotary, cos, sin, Hide(layout.Allowed.unsqueeze(1), dtype), Causal: false, cache);
    }

    private static (Tensor Cos, Tensor Sin) Rounded((Tensor Cos, Tensor Sin) tables, ScalarType dtype, ModelConfig config) =>
        config.Architecture == ModelArchitecture.Llama && dtype != ScalarType.Float32
            ? (tables.Cos.to_type(dtype), tables.Sin.to_type(dtype))
            : tables;

    // Padding before the first kept token gets position 0, as in the reference.
    private static Tensor Positions(Tensor keep_BS, long length) =>
        keep_BS.to_type(ScalarType.Int64).cumsum(1).sub_(LastingScalar.Of(1)).clamp_min_(LastingScalar.Of(0)).narrow(1, keep_BS.shape[1] - length, length);

    /// <summary>Bool [B or 1, 1, L, S]: which earlier tokens each token may look at.</summary>
    private static Tensor Allowed(long past, long length, Tensor? keep_BS, Device device)
    {
        var causal_LS = ones(length, past + length, dtype: ScalarType.Bool, device: device).tril(past);
        if (keep_BS is null)
        {
            return causal_LS;
        }

        // Padding looks at itself: a row that may look at nothing has no softmax, and its NaN would spread to the next layer's values.
        var self_LS = causal_LS.logical_and(causal_LS.triu(past));
        return causal_LS.logical_and(keep_BS.unsqueeze(1).unsqueeze(1)).logical_or(self_LS);
    }

    private static Tensor Hide(Tensor allowed, ScalarType dtype) =>
        zeros(allowed.shape, dtype: dtype, device: allowed.device).masked_fill_(allowed.logical_not(), LastingScalar.Of(double.NegativeInfinity));
}
