using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

// Shapes: B batch, L length, H heads, D head_dim.

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
    private Table _table = new(0, empty(0), empty(0));

    /// <summary>Cosines and signed sines [L, 1, D] in fp32 of <paramref name="length"/> positions from <paramref name="start"/>.</summary>
    public (Tensor Cos_L1D, Tensor Sin_L1D) Range(long start, long length)
    {
        var table = Of(start + length);
        return (table.Cos.narrow(0, start, length), table.Sin.narrow(0, start, length));
    }

    /// <summary>Cosines and signed sines [B, L, 1, D] in fp32 of given positions, all below <paramref name="bound"/>.</summary>
    public (Tensor Cos_BL1D, Tensor Sin_BL1D) At(Tensor positions_BL, long bound)
    {
        var table = Of(bound);
        return (table.Cos.index(positions_BL), table.Sin.index(positions_BL));
    }

    /// <summary>Turns x [B, L, H, D] by the tables' angles. Llama rounds the tables to x's type first; OLMo 2 computes in fp32 and rounds once.</summary>
    public static Tensor Apply(Tensor x_BLHD, Tensor cos, Tensor sin)
    {
        var rotated = x_BLHD.roll(x_BLHD.shape[^1] / 2, -1);
        var turned = x_BLHD.dtype == ScalarType.Float32
            ? x_BLHD.mul(cos).addcmul_(rotated, sin, 1)
            // In less than fp32 each product is rounded, as in the reference.
            : x_BLHD.mul(cos).add_(rotated.mul(sin));
        return turned.dtype == x_BLHD.dtype ? turned : turned.to_type(x_BLHD.dtype);
    }

    public void Dispose() => _table.Dispose();

    private Table Of(long positions)
    {
        if (_table.Positions < positions)
        {
            // Not the model's whole context at once: that may be 131,072 positions, for a text of ten.
            var size = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(positions, 256));
            var old = _table;
            _table = Make(size);
            old.Dispose();
        }

        return _table;
    }

    private Table Make(long positions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var angles = arange(positions, dtype: ScalarType.Float32).unsqueeze(1).mul(InverseFrequencies().unsqueeze(0));
        var sin = angles.sin();
        var table = new Table(
            positions,
            cat([angles.cos(), angles.cos()], 1).unsqueeze(1).to(device),
            cat([sin.neg(), sin], 1).unsqueeze(1).to(device));
        table.Cos.DetachFromDisposeScope();
        table.Sin.DetachFromDisposeScope();
        return table;
    }

    /// <summary>[D / 2] in fp32, by the same operations in the same order as the reference, so that the last bit agrees.</summary>
    private Tensor InverseFrequencies()
    {
        var exponents = arange(0, config.HeadDim, 2, dtype: ScalarType.Float32).div(config.HeadDim);
        var inverse = full([], (float)config.RopeTheta, dtype: ScalarType.Float32).pow(exponents).reciprocal()
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

    private sealed record Table(long Positions, Tensor Cos, Tensor Sin) : IDisposable
    {
        public void Dispose()
        {
            Cos.Dispose();
            Sin.Dispose();
        }
    }
}
