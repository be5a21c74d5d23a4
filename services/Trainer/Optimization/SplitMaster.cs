using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>
/// Master weights of fp32 worth in four bytes, two of which are the bf16 weights that forward and backward use: w = high + low, where
/// low counts the fp32 numbers that lie between high and w, from -32768 to 32767. Nothing is lost: w comes back bit for bit. High is w
/// rounded to nearest; of two equally near, the one above, because -32768 has a place among 16 bits and 32768 has none.
/// Composed of floating operations, as TorchSharp offers no view of a tensor's bits; each of them is exact.
/// </summary>
internal sealed class SplitMaster : IMasterWeights
{
    private readonly Tensor _low;

    public SplitMaster(long count, Device device)
    {
        using var scope = NewDisposeScope();
        Compute = zeros(count, bfloat16, device).DetachFromDisposeScope();
        _low = zeros(count, int16, device).DetachFromDisposeScope();
    }

    public Tensor Compute { get; }

    public IReadOnlyList<(string Name, Tensor Tensor)> State => [("high", Compute), ("low", _low)];

    public Tensor Read(long begin, long count)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return Join(Compute.narrow(0, begin, count), _low.narrow(0, begin, count)).MoveToOuterDisposeScope();
    }

    public void Change(long begin, long count, Action<Tensor> change)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (high, low) = (Compute.narrow(0, begin, count), _low.narrow(0, begin, count));
        var whole = Join(high, low);
        change(whole);
        Split(whole, high, low);
    }

    public void Publish()
    {
        // The high parts are what is computed with.
    }

    public void Dispose()
    {
        Compute.Dispose();
        _low.Dispose();
    }

    private static Tensor Join(Tensor high, Tensor low)
    {
        var (wide, count) = (high.to(float32), low.to(float32));

        // Adding nothing would make a negative zero a positive one.
        return where(low.eq(LastingScalar.Of(0)), wide, wide.add(count.mul(Spacing(wide, count)), LastingScalar.Of(1L)));
    }

    private static void Split(Tensor whole, Tensor high, Tensor low)
    {
        var rounded = whole.to(bfloat16).to(float32);
        var rest = whole.sub(rounded);
        var count = rest.div(Spacing(rounded, rest));

        // A tie that was rounded down: its count, 32768, does not fit; the number above is as near.
        var over = count.gt(LastingScalar.Of(short.MaxValue));
        rounded = where(over, rounded.add(rest, LastingScalar.Of(1L)).add_(rest, LastingScalar.Of(1L)), rounded);
        rest = whole.sub(rounded);
        high.copy_(rounded);
        low.copy_(rest.div_(Spacing(rounded, rest)));
    }

    /// <summary>Distance from <paramref name="x"/> to the next fp32 number on the side of <paramref name="toward"/>'s sign; halved below a power of two.</summary>
    private static Tensor Spacing(Tensor x, Tensor toward)
    {
        var side = full_like(x, LastingScalar.Of(double.PositiveInfinity)).copysign(toward);
        return x.nextafter(side).sub_(x).abs_();
    }
}
