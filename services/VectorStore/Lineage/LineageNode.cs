using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.VectorStore.Lineage;

/// <summary>An artifact and how it came to be; see LineageNode in vector_store.proto.</summary>
/// <param name="Artifact">Its digest.</param>
/// <param name="Kind">Null when the store has it no longer.</param>
/// <param name="Names">Names that point at it.</param>
/// <param name="Recipes">Recipes that made it.</param>
/// <param name="Inputs">What they were given, and what a diff vector is the difference of, without repetition.</param>
internal sealed record LineageNode(
    Digest Artifact, ArtifactKind? Kind, IReadOnlyList<string> Names, IReadOnlyList<Recipe> Recipes, IReadOnlyList<Digest> Inputs);
