using Graft.Artifacts;

namespace Graft.Merger.Planning;

/// <summary>What the checks need of a checkpoint.</summary>
/// <param name="Field">Field of the request it was named by, such as "recipe.base".</param>
/// <param name="Role">What it is to the request, such as "the base".</param>
/// <param name="Name">Which one: a short digest, or a folder.</param>
/// <param name="Manifest">Its tensors and files; those of a folder have no digests.</param>
/// <param name="Config">What its config.json says; null when it has none.</param>
internal sealed record Source(string Field, string Role, string Name, Manifest Manifest, ConfigFacts? Config)
{
    public Dictionary<string, TensorEntry> Tensors { get; } = Manifest.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

    /// <summary>Whether the two are one checkpoint.</summary>
    public bool IsSame(Source other) => Name == other.Name;

    public override string ToString() => $"{Role} ({Name})";
}

/// <summary>A vector of a merge with the two checkpoints it is the difference of.</summary>
internal sealed record VectorSource(Source FineTuned, Source Pretrained, double Scale);
