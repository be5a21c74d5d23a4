using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using Graft.Trainer.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>The weights of a model before it has learnt anything: matrices from N(0, std^2) in order of their names, vectors one.</summary>
internal static class RandomWeights
{
    public static void Fill(FlatParameters parameters, ModelConfig config, RandomStart start)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(start.Seed, CPU);
        foreach (var (name, shape) in config.Parameters)
        {
            using var values = NewDisposeScope();
            parameters.Write(name, shape.Length >= 2 ? Normal(shape, generator, start) : ones(shape));
        }

        parameters.Publish();
    }

    private static Tensor Normal(long[] shape, Generator generator, RandomStart start)
    {
        if (start.Cutoff == 0)
        {
            return randn(shape, float32, CPU, generator: generator).mul_(LastingScalar.Of(start.Std));
        }

        // By the inverse of the distribution: uniform between the probabilities of the two cuts.
        using Scalar reach = Math.Sqrt(2).ToScalar(), cut = start.Cutoff.ToScalar();
        var edge = full([1], cut, float64).div_(reach).erf_().item<double>();
        using Scalar width = (2 * edge).ToScalar(), from = (-edge).ToScalar(), scale = (Math.Sqrt(2) * start.Std).ToScalar(),
            bound = (start.Cutoff * start.Std).ToScalar(), least = (-start.Cutoff * start.Std).ToScalar();
        return rand(shape, float64, CPU, generator: generator).mul_(width).add_(from, LastingScalar.Of(1L)).erfinv_().mul_(scale).clamp_(least, bound).to(float32);
    }
}
