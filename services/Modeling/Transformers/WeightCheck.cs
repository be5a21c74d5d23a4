using Graft.Faults;
using Graft.Modeling.Configuration;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>Whether a set of tensors is what a config asks for: nothing missing, nothing that would silently be left out.</summary>
internal static class WeightCheck
{
    /// <exception cref="FaultException">Invalid: the message names the first tensor that does not fit.</exception>
    public static void Run(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        var expected = config.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Shape, StringComparer.Ordinal);
        foreach (var (name, shape) in config.Parameters)
        {
            CheckShape(name, shape, weights);
        }

        var first = weights[ParameterShapes.Embedding];
        if (first.dtype is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw FaultException.Invalid($"The weights are {first.dtype}; models are computed in Float32, BFloat16 or Float16.");
        }

        foreach (var name in weights.Keys.Order(StringComparer.Ordinal))
        {
            if (!expected.ContainsKey(name))
            {
                RefuseUnknown(name, config);
            }
            else if (Kind(weights[name]) is var kind && kind != Kind(first))
            {
                throw FaultException.Invalid($"The tensor {name} is {kind}, but {ParameterShapes.Embedding} is {Kind(first)}.");
            }
        }
    }

    private static string Kind(Tensor tensor) => $"{tensor.dtype} on {tensor.device}";

    private static void CheckShape(string name, long[] shape, IReadOnlyDictionary<string, Tensor> weights)
    {
        if (!weights.TryGetValue(name, out var tensor))
        {
            throw FaultException.Invalid($"The checkpoint has no tensor {name}, which its config.json asks for.");
        }

        if (!tensor.shape.AsSpan().SequenceEqual(shape))
        {
            throw FaultException.Invalid(
                $"The tensor {name} is [{string.Join(", ", tensor.shape)}], but config.json asks for [{string.Join(", ", shape)}].");
        }
    }

    // Old checkpoints carry the rotary frequencies, and tied ones sometimes the head; neither is used by the reference.
    private static void RefuseUnknown(string name, ModelConfig config)
    {
        if (!name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) && !(config.TieWordEmbeddings && name == ParameterShapes.Head))
        {
            throw FaultException.Invalid(
                $"The checkpoint has a tensor {name}, which a model of this config.json ({config.Architecture}) has not.");
        }
    }
}
