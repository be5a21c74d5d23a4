using Graft.Artifacts;

namespace Graft.VectorStore.Manifests;

/// <summary>An artifact and what the store keeps for it, in bytes.</summary>
internal sealed record StoredArtifact(Digest Digest, Manifest Manifest, long StoredSize);
