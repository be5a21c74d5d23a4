using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.VectorStore.Results;

/// <summary>A recipe and what it made.</summary>
internal sealed record StoredResult(Recipe Recipe, Digest Artifact);
