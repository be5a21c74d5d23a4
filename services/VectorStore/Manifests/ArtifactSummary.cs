using Graft.Artifacts;

namespace Graft.VectorStore.Manifests;

/// <summary>An artifact in brief; see ArtifactSummary in vector_store.proto.</summary>
/// <param name="Digest">Of the artifact.</param>
/// <param name="Kind">Null when its manifest is damaged; all sizes are 0 then.</param>
/// <param name="LogicalSize">Bytes of its contents as they are.</param>
/// <param name="StoredSize">Bytes the store keeps for its contents.</param>
/// <param name="OwnSize">Bytes the store keeps for those that no artifact before it has.</param>
/// <param name="Names">Names that point at it.</param>
internal sealed record ArtifactSummary(
    Digest Digest, ArtifactKind? Kind, long LogicalSize, long StoredSize, long OwnSize, IReadOnlyList<string> Names);

/// <param name="Artifacts">In order of their digests.</param>
/// <param name="Next">Digest behind which the next page begins; null on the last page.</param>
/// <param name="ParentsSize">On the last page: bytes of contents that are in no artifact and that others are deltas against.</param>
internal sealed record ArtifactPage(IReadOnlyList<ArtifactSummary> Artifacts, Digest? Next, long ParentsSize);
