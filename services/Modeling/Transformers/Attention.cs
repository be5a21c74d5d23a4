using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Graft.Modeling.Transformers;

/// <summary>Causal self-attention with rotary positions; scale head_dim^-0.5. Shapes as in <see cref="Transformer"/>.</summary>
internal static class Attention
{
    /// <summary>[N, M] to [N, M].</summary>
    public static Tensor Apply(Tensor x_NM, int layer, LayerWeights weights, AttentionContext context)
    {
        var (heads, shared) = (context.Config.Heads, context.Config.KeyValueHeads);
        var query = Turned(x_NM, weights.Query, weights.QueryNorm, heads, context);
        var key = Turned(x_NM, weights.Key, weights.KeyNorm, shared, context);
        var value = Split(weights.Value.Apply(x_NM), shared, context).transpose(1, 2);
        if (context.Cache is { } cache)
        {
            (key, value) = cache.Append(layer, key, value);
        }

        var mixed_BHLD = Mix(query, key, value, heads / shared, context);
        return weights.Output.Apply(mixed_BHLD.transpose(1, 2).reshape(x_NM.shape[0], -1));
    }

    /// <summary>Queries or keys [B, heads, L, D], normalised where the model does so over the full width, and turned by position.</summary>
    private static Tensor Turned(Tensor x_NM, Projection projection, Tensor? norm, int heads, AttentionContext context)
    {
        var projected_NE = projection.Apply(x_NM);
        var normal_NE = norm is null ? projected_NE : RmsNorm.Apply(projected_NE, norm, context.Config);
        var turned_BLE = context.Rotary.Apply(normal_NE.view(context.Batch, context.Length, -1), context.Cos, context.Sin);
        return Split(turned_BLE, heads, context).transpose(1, 2);
    }

    private static Tensor Split(Tensor x, int heads, AttentionContext context) =>
        x.view(context.Batch, context.Length, heads, context.Config.HeadDim);

    /// <summary>softmax(q k^T / sqrt(D) + mask) v, each key and value head serving <paramref name="group"/> query heads.</summary>
    private static Tensor Mix(Tensor q_BHLD, Tensor k_BKSD, Tensor v_BKSD, int group, AttentionContext context)
    {
        if (group > 1 && context.Length == 1)
        {
            // One token: the queries of a group are like so many tokens of one head, and no key has to be copied.
            var (heads, shared, dim) = (q_BHLD.shape[1], k_BKSD.shape[1], q_BHLD.shape[3]);
            var grouped = q_BHLD.reshape(context.Batch, shared, group, dim);
            return F.scaled_dot_product_attention(grouped, k_BKSD, v_BKSD, context.Mask).reshape(context.Batch, heads, 1, dim);
        }

        if (group > 1)
        {
            (k_BKSD, v_BKSD) = (k_BKSD.repeat_interleave(group, 1), v_BKSD.repeat_interleave(group, 1));
        }

        return F.scaled_dot_product_attention(q_BHLD, k_BKSD, v_BKSD, context.Mask, is_casual: context.Causal);
    }
}
