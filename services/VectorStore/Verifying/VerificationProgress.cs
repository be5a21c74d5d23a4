using Graft.Artifacts;

namespace Graft.VectorStore.Verifying;

/// <summary>Something that is not as it should be.</summary>
/// <param name="Object">Key of the object.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Artifacts">Those that cannot be read in full because of it, in order of their digests.</param>
internal sealed record Damage(string Object, string Message, IReadOnlyList<Digest> Artifacts);

/// <summary>How far a verification is.</summary>
/// <param name="Artifacts">Read in full.</param>
/// <param name="TotalArtifacts">To be read.</param>
/// <param name="Bytes">Raw bytes read.</param>
/// <param name="TotalBytes">To be read.</param>
/// <param name="Damages">What was found since the progress before.</param>
internal sealed record VerificationProgress(long Artifacts, long TotalArtifacts, long Bytes, long TotalBytes, IReadOnlyList<Damage> Damages);
