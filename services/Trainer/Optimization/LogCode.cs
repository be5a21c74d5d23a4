using Graft.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>
/// Numbers from -1 to 1 (or 0 to 1) in a byte, at equal ratios: zero, and powers of 2^(1/10) from 2^-12.6 (signed) or 2^-25.4 up to 1.
/// Neighbours differ by 7 percent, while a second moment moves by a thousandth of itself in a step, so rounding to the nearest would
/// hold it where it is for good. A number between two levels is therefore rounded up in as many of the steps as its logarithm lies near
/// the upper one's: where a sequence of equal parts (Weyl, 1916: fractions of multiples of the golden ratio, begun elsewhere for each
/// element) is below its share. Right on average over steps, with less scatter than chance, and a function of step and place alone,
/// so that a resumed job rounds the same way.
/// </summary>
internal sealed class LogCode : IDisposable
{
    private const int LevelsPerOctave = 10;

    // Multiples of 2^32 by the golden ratio, and by the first of Roberts' R2 sequence, for steps and elements.
    private const long StepStride = 2654435769;
    private const long ElementStride = 3242174889;
    private const long Mask = uint.MaxValue;

    private readonly bool _isSigned;
    private readonly int _levels;
    private readonly Tensor _values;
    private readonly Tensor _mask;

    public LogCode(bool isSigned, Device device)
    {
        _isSigned = isSigned;
        _levels = isSigned ? 127 : 255;
        Zero = isSigned ? 127 : 0;
        var values = new float[256];
        for (var level = 1; level <= _levels; level++)
        {
            values[Zero + level] = (float)Level(level);
            if (isSigned)
            {
                values[Zero - level] = -values[Zero + level];
            }
        }

        _values = tensor(values, device: device).DetachFromDisposeScope();
        _mask = tensor(Mask, int64, device).DetachFromDisposeScope();
    }

    /// <summary>Code of zero. Signed: 127, with the negative levels below it and 255 unused.</summary>
    public int Zero { get; }

    /// <summary>uint8 [blocks, size] to fp32 of the same shape, relative to the block's scale.</summary>
    public Tensor Decode(Tensor codes) => _values.index_select(0, codes.to(int64).view(-1)).view(codes.shape);

    /// <param name="values">fp32 [blocks, size].</param>
    /// <param name="scales">fp32 [blocks, 1]: at least the magnitude of each value of the block.</param>
    /// <param name="first">Place of the first value among all.</param>
    /// <param name="step">Of training.</param>
    /// <returns>uint8 [blocks, size].</returns>
    public Tensor Encode(Tensor values, Tensor scales, long first, int step)
    {
        var magnitude = values.abs().div_(scales.clamp_min(LastingScalar.Of(float.Epsilon))).clamp_max_(LastingScalar.Of(1.0));
        var exact = magnitude.log2().mul_(LastingScalar.Of(LevelsPerOctave)).add_(LastingScalar.Of(_levels), LastingScalar.Of(1L));
        var below = exact.floor().clamp_(LastingScalar.Of(0), LastingScalar.Of(_levels - 1));

        // Between zero and the lowest level there is no ratio; there the share is one of the level itself.
        var share = where(below.ge(LastingScalar.Of(1)), exact.sub_(below), magnitude.mul_(LastingScalar.Of(1 / Level(1))));
        var level = below.add_(share.gt(Threshold(values.shape, first, step, values.device)).to(float32), LastingScalar.Of(1L));
        if (!_isSigned)
        {
            // A second moment taken for zero would make a step without bound; the lowest level makes a short one.
            var isPositive = values.gt(LastingScalar.Of(0)).to(float32);
            return level.maximum(isPositive).to(uint8);
        }

        return level.mul_(values.sign()).add_(LastingScalar.Of(Zero), LastingScalar.Of(1L)).to(uint8);
    }

    public void Dispose()
    {
        _values.Dispose();
        _mask.Dispose();
    }

    private double Level(int level) => Math.Pow(2, (double)(level - _levels) / LevelsPerOctave);

    /// <summary>Numbers in [0, 1), equally spread over steps for each element.</summary>
    private Tensor Threshold(long[] shape, long first, int step, Device device)
    {
        // In integers: a fraction of large multiples in floating point would have no digits left.
        using var offset = (((first * ElementStride) + (step * StepStride)) & Mask).ToScalar();
        return arange(LastingScalar.Of(0), LastingScalar.Of(shape[0] * shape[1]), LastingScalar.Of(1), int64, device)
            .mul_(LastingScalar.Of(ElementStride)).add_(offset, LastingScalar.Of(1L)).bitwise_and_(_mask)
            .to(float32).mul_(LastingScalar.Of(Math.Pow(2, -32))).view(shape);
    }
}
