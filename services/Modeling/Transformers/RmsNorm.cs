using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>Root-mean-square norm over the last dimension: weight * x / sqrt(mean(x^2) + eps), in fp32 whatever the type of x.</summary>
internal static class RmsNorm
{
    public static Tensor Apply(Tensor x, Tensor weight, ModelConfig config)
    {
        if (x.dtype == ScalarType.Float32)
        {
            return x.mul(InverseRoot(x, config)).mul(weight);
        }

        var x32 = x.to_type(ScalarType.Float32);
        var normal = x32.mul(InverseRoot(x32, config));
        // The two references differ in where they round: OLMo 2 after the weight, Llama before it.
        return config.Architecture == ModelArchitecture.Olmo2
            ? normal.mul(weight).to_type(x.dtype)
            : normal.to_type(x.dtype).mul(weight);
    }

    private static Tensor InverseRoot(Tensor x32, ModelConfig config) =>
        x32.mul(x32).mean([-1], keepdim: true).add_(LastingScalar.Of(config.RmsNormEpsilon), LastingScalar.Of(1L)).rsqrt_();
}
