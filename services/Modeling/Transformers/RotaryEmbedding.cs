using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

// Shapes: B batch, L length, D head_dim, E heads * head_dim.

/// <summary>
/// Rotary position embedding: x * cos + rotate_half(x) * sin, with cos and sin of position * theta^(-2i/D) in fp32.
/// rotate_half swaps the halves and negates the first; the sign is folded into the table of sines, so that a roll does it.
/// </summary>
/// <param name="config">The model's shape.</param>
/// <param name="device">Where the tables are wanted.</param>
/// <param name="frequencies">
/// What the frequencies are rounded to: fp32 as a checkpoint loaded by the reference has them. The reference rounds them to bf16 only when
/// a model is converted after loading (model.to(bfloat16) reaches its buffers too).
/// </param>
internal sealed class RotaryEmbedding(ModelConfig config, Device device, ScalarType frequencies) : IDisposable
{
    private Table? _table;

    /// <summary>Cosines and signed sines [L, E] in fp32 of <paramref name="length"/> positions from <paramref name="start"/>.</summary>
    public (Tensor Cos_LE, Tensor Sin_LE) Range(long start, long length)
    {
        var table = Of(start + length);
        return (ForAllHeads(table.Cos_PD.narrow(0, start, length)), ForAllHeads(table.Sin_PD.narrow(0, start, length)));
    }

    /// <summary>Cosines and signed sines [B, L, E] in fp32 of given positions, all below <paramref name="bound"/>.</summary>
    public (Tensor Cos_BLE, Tensor Sin_BLE) At(Tensor positions_BL, long bound)
    {
        var table = Of(bound);
        return (ForAllHeads(table.Cos_PD.index(positions_BL)), ForAllHeads(table.Sin_PD.index(positions_BL)));
    }

    /// <summary>
    /// Turns the heads of x [B, L, E] by the tables' angles. The tables may be wider than x; Llama rounds them to x's type first, OLMo 2
    /// computes in fp32 and rounds once.
    /// </summary>
    public Tensor Apply(Tensor x_BLE, Tensor cos, Tensor sin)
    {
        var width = x_BLE.shape[^1];
        var (cosine, sine) = (cos.narrow(-1, 0, width), sin.narrow(-1, 0, width));
        var rotated = x_BLE.view(x_BLE.shape[0], x_BLE.shape[1], -1, config.HeadDim).roll(config.HeadDim / 2, -1).view(x_BLE.shape);
        var turned = x_BLE.dtype == ScalarType.Float32
            ? x_BLE.mul(cosine).addcmul_(rotated, sine, LastingScalar.Of(1.0))
            // In less than fp32 each product is rounded, as in the reference.
            : x_BLE.mul(cosine).add_(rotated.mul(sine), LastingScalar.Of(1L));
        return turned.dtype == x_BLE.dtype ? turned : turned.to_type(x_BLE.dtype);
    }

    public void Dispose() => _table?.Dispose();

    // One copy for each head: multiplying whole rows is twice as fast as broadcasting over heads of a few numbers each.
    private Tensor ForAllHeads(Tensor table) => table.repeat([.. Enumerable.Repeat(1L, (int)table.dim() - 1), config.Heads]);

    private Table Of(long positions)
    {
        if (_table is { } table && table.Positions >= positions)
        {
            return table;
        }

        // Not the model's whole context at once: that may be 131,072 positions, for a text of ten.
        _table?.Dispose();
        return _table = Make((long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(positions, 256)));
    }

    private Table Make(long positions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var angles = arange(LastingScalar.Of(0), LastingScalar.Of(positions), LastingScalar.Of(1), dtype: ScalarType.Float32).unsqueeze(1).mul(InverseFrequencies().unsqueeze(0));
        var sin = angles.sin();
        var table = new Table(
            positions,
            cat([angles.cos(), angles.cos()], 1).to(device),
            cat([sin.neg(), sin], 1).to(device));
        table.Cos_PD.DetachFromDisposeScope();
        table.Sin_PD.DetachFromDisposeScope();
        return table;
    }

    /// <summary>[D / 2] in fp32, by the same operations in the same order as the reference, so that the last bit agrees.</summary>
    private Tensor InverseFrequencies()
    {
        var exponents = arange(LastingScalar.Of(0), LastingScalar.Of(config.HeadDim), LastingScalar.Of(2), dtype: ScalarType.Float32)
            .div(LastingScalar.Of(config.HeadDim));
        var inverse = full([], LastingScalar.Of((float)config.RopeTheta), dtype: ScalarType.Float32).pow(exponents).reciprocal()
            .to_type(frequencies).to_type(ScalarType.Float32);
        return config.RopeScaling is { } scaling
            ? tensor(Array.ConvertAll(inverse.data<float>().ToArray(), frequency => Scale(frequency, scaling)))
            : inverse;
    }

    private static float Scale(float inverse, Llama3Scaling scaling)
    {
        var (factor, low, high) = ((float)scaling.Factor, (float)scaling.LowFrequencyFactor, (float)scaling.HighFrequencyFactor);
        var wavelength = 1 / inverse * (float)(2 * Math.PI);
        if (wavelength < scaling.OriginalMaxPositions / scaling.HighFrequencyFactor)
        {
            return inverse;
        }

        if (wavelength > scaling.OriginalMaxPositions / scaling.LowFrequencyFactor)
        {
            return inverse / factor;
        }

        var smooth = ((1 / wavelength * scaling.OriginalMaxPositions) - low) / (high - low);
        return ((1 - smooth) * inverse / factor) + (smooth * inverse);
    }

    private sealed record Table(long Positions, Tensor Cos_PD, Tensor Sin_PD) : IDisposable
    {
        public void Dispose()
        {
            Cos_PD.Dispose();
            Sin_PD.Dispose();
        }
    }
}
