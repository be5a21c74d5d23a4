using Graft.Artifacts.Recipes;
using Graft.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Trainer.Optimization;

/// <summary>What an update's number and learning rate come to.</summary>
/// <param name="Rate">Learning rate over the first bias correction.</param>
/// <param name="Root">Square root of the second bias correction.</param>
/// <param name="Decay">Learning rate times weight decay.</param>
internal readonly record struct Update(double Rate, double Root, double Decay);

/// <summary>
/// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) on weights and moments of fp32 worth whatever the
/// compute dtype, in the order of operations of torch.optim.AdamW. TorchSharp's own keeps moments in the parameter's dtype, in which
/// bf16 weights do not move at fine-tuning rates.
/// </summary>
internal sealed class AdamW : IDisposable
{
    /// <summary>Parameters updated at one time: what bounds the temporary tensors of an update. A multiple of the moments' block.</summary>
    internal const long Chunk = 1 << 24;

    private readonly FlatParameters _parameters;
    private readonly OptimizerSettings _settings;
    private readonly IMoments _moments;
    private readonly (long Begin, long End, bool IsDecayed)[] _ranges;

    public AdamW(FlatParameters parameters, OptimizerSettings settings, MomentFormat format = MomentFormat.Full)
    {
        _parameters = parameters;
        _settings = settings;
        var device = parameters.Gradient.device;
        _moments = format == MomentFormat.Block8 ? new BlockMoments(parameters.Count, device) : new FullMoments(parameters.Count, device);
        _ranges = [.. parameters.DecayRanges(settings.ExemptEmbeddings)];
    }

    public IMoments Moments => _moments;

    // One pass in fp32 on a CPU, see AdamWKernel; everything else is composed of tensor operations.
    private bool IsFused => _parameters.Gradient.dtype == float32 && _parameters.Gradient.device_type == DeviceType.CPU
        && _moments is FullMoments && _parameters.Weights is FullMaster && _parameters.Count <= AdamWKernel.MaxCount;

    /// <summary>Clips the gradient, updates the weights and clears the gradient.</summary>
    /// <param name="step">Number of this update, from 1: the exponent of the bias corrections.</param>
    /// <param name="learningRate">Of this update.</param>
    /// <returns>Global norm of the gradient before clipping. When it is not finite, nothing but the gradient has changed.</returns>
    public double Step(int step, double learningRate)
    {
        var norm = GradientNorm();
        if (double.IsFinite(norm))
        {
            Apply(step, learningRate, norm);
        }
        else
        {
            Discard();
        }

        return norm;
    }

    /// <summary>Global norm of the gradient.</summary>
    public double GradientNorm()
    {
        if (IsFused)
        {
            return AdamWKernel.Norm(_parameters);
        }

        using var none = no_grad();
        using var scope = NewDisposeScope();
        if (_parameters.Count <= Chunk)
        {
            return _parameters.Gradient.to(float32).norm().item<float>();
        }

        var sum = 0.0;
        for (long begin = 0; begin < _parameters.Count; begin += Chunk)
        {
            using var chunk = NewDisposeScope();
            var part = _parameters.Gradient.narrow(0, begin, Math.Min(Chunk, _parameters.Count - begin)).to(float32).norm().item<float>();
            sum += (double)part * part;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Forgets the gradient.</summary>
    public void Discard()
    {
        using var none = no_grad();
        _parameters.Gradient.zero_();
    }

    /// <summary>The update, by a gradient of this norm; clears the gradient.</summary>
    public void Apply(int step, double learningRate, double norm)
    {
        var correction1 = 1 - Math.Pow(_settings.Beta1, step);
        var correction2 = 1 - Math.Pow(_settings.Beta2, step);
        var update = new Update(learningRate / correction1, Math.Sqrt(correction2), learningRate * _settings.WeightDecay);
        if (IsFused)
        {
            var moments = (FullMoments)_moments;
            AdamWKernel.Run(_parameters, _ranges, moments.First, moments.Second, _settings, update, norm);
        }
        else
        {
            Compose(step, update, norm);
        }

        _parameters.Publish();
    }

    /// <summary>As torch.nn.utils.clip_grad_norm_: max / (norm + 1e-6), at most 1.</summary>
    internal static double ClipCoefficient(double norm, double clipNorm) => clipNorm > 0 ? Math.Min(1, clipNorm / (norm + 1e-6)) : 1;

    public void Dispose() => _moments.Dispose();

    private void Compose(int step, Update update, double norm)
    {
        using var none = no_grad();

        // Disposed at the end, so none is collected during a call (see LastingScalar).
        using Scalar clip = ClipCoefficient(norm, _settings.ClipNorm).ToScalar(), kept = (1 - update.Decay).ToScalar(),
            root = update.Root.ToScalar(), rate = (-update.Rate).ToScalar();
        for (long begin = 0; begin < _parameters.Count; begin += Chunk)
        {
            using var scope = NewDisposeScope();
            var (first, count) = (begin, Math.Min(Chunk, _parameters.Count - begin));
            var gradient = _parameters.Gradient.narrow(0, first, count).to(float32).mul(clip);
            _moments.Change(first, count, step, (moment1, moment2) =>
            {
                moment1.mul_(LastingScalar.Of(_settings.Beta1)).add_(gradient, LastingScalar.Of(1 - _settings.Beta1));
                moment2.mul_(LastingScalar.Of(_settings.Beta2)).addcmul_(gradient, gradient, LastingScalar.Of(1 - _settings.Beta2));
                var denominator = moment2.sqrt().div_(root).add_(LastingScalar.Of(_settings.Epsilon), LastingScalar.Of(1L));
                _parameters.Weights.Change(first, count, weights =>
                {
                    Decay(weights, first, kept);
                    weights.addcdiv_(moment1, denominator, rate);
                });
            });
        }

        _parameters.Gradient.zero_();
    }

    private void Decay(Tensor weights, long first, Scalar kept)
    {
        foreach (var (begin, end, _) in _ranges.Where(range => range.IsDecayed))
        {
            var (from, to) = (Math.Max(begin, first), Math.Min(end, first + weights.numel()));
            if (from < to)
            {
                using var range = weights.narrow(0, from - first, to - from);
                range.mul_(kept);
            }
        }
    }
}
