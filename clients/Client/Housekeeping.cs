using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Client;

/// <summary>An artifact and what it takes.</summary>
/// <param name="Digest">Of the artifact.</param>
/// <param name="Kind">Null when its manifest is damaged.</param>
/// <param name="Names">Names that point at it.</param>
/// <param name="LogicalSize">Bytes of its contents as they are.</param>
/// <param name="StoredSize">Bytes the store keeps for its contents.</param>
/// <param name="OwnSize">Bytes the store keeps for those that no artifact before it in the list has.</param>
public sealed record ArtifactUsage(
    Digest Digest, ArtifactKind? Kind, IReadOnlyList<string> Names, long LogicalSize, long StoredSize, long OwnSize);

/// <summary>What all artifacts take.</summary>
/// <param name="Artifacts">In order of their digests.</param>
/// <param name="ParentsSize">Bytes kept for contents that are in no artifact any more and that others are stored as deltas against.</param>
public sealed record StoreUsage(IReadOnlyList<ArtifactUsage> Artifacts, long ParentsSize)
{
    public long LogicalSize => Artifacts.Sum(artifact => artifact.LogicalSize);

    public long StoredSize => Artifacts.Sum(artifact => artifact.OwnSize) + ParentsSize;
}

/// <summary>An artifact and how it came to be.</summary>
/// <param name="Artifact">Its digest.</param>
/// <param name="Kind">Null when the store has it no longer.</param>
/// <param name="Names">Names that point at it.</param>
/// <param name="Recipes">Recipes that made it; none for what was imported.</param>
/// <param name="Inputs">What they were given, and what a diff vector is the difference of.</param>
public sealed record LineageEntry(
    Digest Artifact, ArtifactKind? Kind, IReadOnlyList<string> Names, IReadOnlyList<Recipe> Recipes, IReadOnlyList<Digest> Inputs);

/// <summary>An object of the store that is not as it should be.</summary>
/// <param name="Object">Its key.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Artifacts">Those that cannot be read in full because of it.</param>
public sealed record DamagedObject(string Object, string Message, IReadOnlyList<Digest> Artifacts);

/// <summary>How far a verification is, or how it ended.</summary>
/// <param name="Artifacts">Read in full.</param>
/// <param name="TotalArtifacts">To be read.</param>
/// <param name="Bytes">Raw bytes read.</param>
/// <param name="TotalBytes">To be read.</param>
/// <param name="Damages">All that was found so far.</param>
public sealed record Verified(long Artifacts, long TotalArtifacts, long Bytes, long TotalBytes, IReadOnlyList<DamagedObject> Damages);

/// <summary>Objects of one kind that were, or in a dry run would be, deleted.</summary>
public sealed record CollectedObjects(string Kind, long Objects, long Bytes);
