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
/// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) with fp32 weights and moments whatever the compute
/// dtype, in the order of operations of torch.optim.AdamW. TorchSharp's own keeps moments in the parameter's dtype, in which bf16
/// weights do not move at fine-tuning rates.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly OptimizerSettings _settings;

    public AdamW(FlatParameters parameters, OptimizerSettings settings)
    {
        _parameters = parameters;
        _settings = settings;
        Moment1 = zeros_like(parameters.Master).DetachFromDisposeScope();
        Moment2 = zeros_like(parameters.Master).DetachFromDisposeScope();
    }

    /// <summary>fp32 [count].</summary>
    public Tensor Moment1 { get; }

    /// <summary>fp32 [count].</summary>
    public Tensor Moment2 { get; }

    /// <summary>Clips the gradient, updates the weights and clears the gradient.</summary>
    /// <param name="step">Number of this update, from 1: the exponent of the bias corrections.</param>
    /// <param name="learningRate">Of this update.</param>
    /// <returns>Global norm of the gradient before clipping.</returns>
    public double Step(int step, double learningRate)
    {
        var correction1 = 1 - Math.Pow(_settings.Beta1, step);
        var correction2 = 1 - Math.Pow(_settings.Beta2, step);
        var update = new Update(learningRate / correction1, Math.Sqrt(correction2), learningRate * _settings.WeightDecay);
        var fused = _parameters.Gradient.dtype == float32 && _parameters.Gradient.device_type == DeviceType.CPU && _parameters.Count <= AdamWKernel.MaxCount;
        var norm = fused ? AdamWKernel.Run(_parameters, Moment1, Moment2, _settings, update) : Compose(update);
        _parameters.Publish();
        return norm;
    }

    /// <summary>The update as tensor operations, for every dtype and device.</summary>
    private double Compose(Update update)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var gradient = _parameters.Gradient.to(float32);
        var norm = gradient.norm().item<float>();

        // Disposed at the end, so none is collected during a call (see LastingScalar).
        using Scalar clip = ClipCoefficient(norm, _settings.ClipNorm), kept = 1 - update.Decay, root = update.Root, rate = -update.Rate;
        gradient = gradient.mul(clip);
        _parameters.Master.narrow(0, 0, _parameters.Matrices).mul_(kept);
        Moment1.mul_(LastingScalar.Of(_settings.Beta1)).add_(gradient, LastingScalar.Of(1 - _settings.Beta1));
        Moment2.mul_(LastingScalar.Of(_settings.Beta2)).addcmul_(gradient, gradient, LastingScalar.Of(1 - _settings.Beta2));
        var denominator = Moment2.sqrt().div_(root).add_(LastingScalar.Of(_settings.Epsilon));
        _parameters.Master.addcdiv_(Moment1, denominator, rate);
        _parameters.Gradient.zero_();
        return norm;
    }

    /// <summary>As torch.nn.utils.clip_grad_norm_: max / (norm + 1e-6), at most 1.</summary>
    internal static double ClipCoefficient(double norm, double clipNorm) => clipNorm > 0 ? Math.Min(1, clipNorm / (norm + 1e-6)) : 1;

    public void Dispose()
    {
        Moment1.Dispose();
        Moment2.Dispose();
    }
}
