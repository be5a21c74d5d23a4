using Graft.Artifacts;

namespace Graft.Merger.Planning;

/// <summary>What the checks need of a checkpoint.</summary>
/// <param name="Field">Field of the request it was named by, such as "recipe.base".</param>
/// <param name="Role">What it is to the request, such as "the base".</param>
/// <param name="Digest">Digest of the artifact.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Config">What its config.json says; null when it has none.</param>
internal sealed record Source(string Field, string Role, Digest Digest, Manifest Manifest, ConfigFacts? Config)
{
    public Dictionary<string, TensorEntry> Tensors { get; } = Manifest.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

    public override string ToString() => $"{Role} ({Digest.Short})";
}

/// <summary>A vector of a merge with the two checkpoints it is the difference of.</summary>
internal sealed record VectorSource(Source FineTuned, Source Pretrained, double Scale);
