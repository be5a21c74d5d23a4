using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>
/// Moments in a byte each, relative to the largest of their block of 256 (block-wise quantisation: Dettmers et al., "8-bit Optimizers
/// via Block-wise Quantization", 2022), whose fp32 scale makes 2.03 bytes a parameter of the two. The code is <see cref="LogCode"/>.
/// </summary>
internal sealed class BlockMoments : IMoments
{
    public const int BlockSize = 256;

    private readonly LogCode _signed;
    private readonly LogCode _positive;
    private readonly Quantized _first;
    private readonly Quantized _second;

    public BlockMoments(long count, Device device)
    {
        _signed = new LogCode(isSigned: true, device);
        _positive = new LogCode(isSigned: false, device);
        _first = new Quantized(count, _signed.Zero, device);
        _second = new Quantized(count, _positive.Zero, device);
    }

    public IReadOnlyList<(string Name, Tensor Tensor)> State =>
    [
        ("moment1_codes", _first.Codes), ("moment1_scales", _first.Scales), ("moment2_codes", _second.Codes), ("moment2_scales", _second.Scales),
    ];

    public void Change(long begin, long count, int step, Action<Tensor, Tensor> change)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (first, second) = (_first.Read(begin, count, _signed), _second.Read(begin, count, _positive));
        change(first.narrow(0, 0, count), second.narrow(0, 0, count));
        _first.Write(begin, first, _signed, step);
        _second.Write(begin, second, _positive, step);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _signed.Dispose();
        _positive.Dispose();
    }

    /// <summary>One kind of moment: codes uint8 [count, up to whole blocks], scales fp32 [blocks].</summary>
    private sealed class Quantized : IDisposable
    {
        public Quantized(long count, int zero, Device device)
        {
            var blocks = (count + BlockSize - 1) / BlockSize;
            Codes = full([blocks * BlockSize], LastingScalar.Of((long)zero), uint8, device).DetachFromDisposeScope();
            Scales = zeros(blocks, float32, device).DetachFromDisposeScope();
        }

        public Tensor Codes { get; }

        public Tensor Scales { get; }

        /// <summary>fp32, whole blocks: the last may go beyond the parameters, where it holds zeros.</summary>
        public Tensor Read(long begin, long count, LogCode code)
        {
            var (codes, scales) = Range(begin, count);
            return code.Decode(codes.view(-1, BlockSize)).mul_(scales.unsqueeze(1)).view(-1);
        }

        public void Write(long begin, Tensor values, LogCode code, int step)
        {
            var (codes, scales) = Range(begin, values.numel());
            var blocks = values.view(-1, BlockSize);
            scales.copy_(blocks.abs().amax(1));
            codes.copy_(code.Encode(blocks, scales.unsqueeze(1), begin, step).view(-1));
        }

        public void Dispose()
        {
            Codes.Dispose();
            Scales.Dispose();
        }

        private (Tensor Codes, Tensor Scales) Range(long begin, long count)
        {
            var (first, blocks) = (begin / BlockSize, (count + BlockSize - 1) / BlockSize);
            return (Codes.narrow(0, begin, blocks * BlockSize), Scales.narrow(0, first, blocks));
        }
    }
}
