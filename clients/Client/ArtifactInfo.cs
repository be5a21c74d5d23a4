using Graft.Artifacts;

namespace Graft.Client;

/// <summary>An artifact of the store.</summary>
/// <param name="Digest">Digest of the manifest.</param>
/// <param name="Manifest">What it consists of.</param>
/// <param name="LogicalSize">Bytes of its contents as they are.</param>
/// <param name="StoredSize">Bytes the store keeps for them.</param>
public sealed record ArtifactInfo(Digest Digest, Manifest Manifest, long LogicalSize, long StoredSize);

/// <summary>A name of the store and what it points at.</summary>
public sealed record NameEntry(string Name, Digest Artifact, ArtifactKind Kind);
