using Graft.Artifacts;

namespace Graft.Cli.Advice;

/// <summary>A diff vector that may be added, and the checkpoint it was taken from.</summary>
/// <param name="Name">As the user named it.</param>
/// <param name="Vector">Digest of the vector.</param>
/// <param name="Pretrained">Digest of the checkpoint its fine-tuning started from.</param>
internal sealed record VectorChoice(string Name, Digest Vector, Digest Pretrained);

/// <summary>How a vector lies to a base, without any model being run.</summary>
/// <param name="Distance">Euclidean distance of the base to the checkpoint the vector is from.</param>
/// <param name="Norm">Of the vector.</param>
/// <param name="DriftCosine">
/// Cosine of the vector and the drift, the base less the checkpoint the vector is from; null where the drift is zero.
/// </param>
/// <param name="DriftSignAgreement">Part of the weights with one sign in both, among those that are zero in neither.</param>
/// <param name="OthersCosine">Mean cosine with the other vectors; null for a single one.</param>
internal sealed record VectorGeometry(double Distance, double? Norm, double? DriftCosine, double? DriftSignAgreement, double? OthersCosine);

/// <summary>A merge that may be made.</summary>
/// <param name="Choice">Its vector.</param>
/// <param name="Scale">Of the vector.</param>
/// <param name="Geometry">How the vector lies.</param>
/// <param name="Losses">Bits per byte of the merge on each held-out sample; null without held-out data.</param>
internal sealed record Candidate(VectorChoice Choice, double Scale, VectorGeometry Geometry, IReadOnlyList<double>? Losses)
{
    /// <summary>Digest of the merge, where it was made.</summary>
    public Digest? Merge { get; init; }

    public double? Loss => Losses?.Average();
}

/// <summary>A candidate in its place.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Probability">Of being the best on other samples of the same kind; null without held-out data.</param>
internal sealed record RankedCandidate(Candidate Candidate, double? Probability);
