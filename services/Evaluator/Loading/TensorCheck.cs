using Graft.Artifacts;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Evaluator.Loading;

/// <summary>Whether a manifest lists the tensors its config asks for, before any of them is moved.</summary>
internal static class TensorCheck
{
    private const string Field = "recipe.checkpoint";

    /// <exception cref="FaultException">Invalid: the first tensor that is missing, has another shape, is no floats, or is unknown.</exception>
    public static void Run(ModelConfig config, Manifest manifest)
    {
        var expected = config.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Shape, StringComparer.Ordinal);
        var found = manifest.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var (name, shape) in config.Parameters)
        {
            Check(name, shape, found.GetValueOrDefault(name));
        }

        if (manifest.Tensors.FirstOrDefault(tensor => !expected.ContainsKey(tensor.Name) && !IsUnused(tensor.Name, config)) is { } unknown)
        {
            throw FaultException.Invalid(
                $"The checkpoint has a tensor {unknown.Name}, which no {config.Architecture} model of its config.json has.", Field);
        }
    }

    private static void Check(string name, long[] shape, TensorEntry? entry)
    {
        var problem = entry switch
        {
            null => $"has no tensor {name}, which its config.json asks for",
            _ when !entry.Shape.SequenceEqual(shape) =>
                $"has {name} as [{string.Join(", ", entry.Shape)}], but its config.json asks for [{string.Join(", ", shape)}]",
            _ when !entry.DType.IsFloat() => $"has {name} as {entry.DType}; weights are floating-point numbers (quantised ones are not supported)",
            _ => null,
        };
        if (problem is not null)
        {
            throw FaultException.Invalid($"The checkpoint {problem}.", Field);
        }
    }

    // Old checkpoints carry the rotary frequencies, and tied ones sometimes the head; the reference uses neither.
    private static bool IsUnused(string name, ModelConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TieWordEmbeddings && name == "lm_head.weight");
}
