namespace Graft.Cli.Report;

/// <summary>A point of a path: 0 is its beginning, 1 its end.</summary>
internal sealed record PathPoint(double At, Score Score);

/// <summary>Scores on the straight way between two models.</summary>
/// <param name="Variant">"vector" (from the base along the vector) or "barrier" (from the base's own fine-tuning to the merge).</param>
/// <param name="Base">Checkpoint the merge stands on.</param>
/// <param name="Source">Where its vector comes from.</param>
/// <param name="Points">Ascending.</param>
internal sealed record InterpolationPath(string Variant, string Base, string Source, IReadOnlyList<PathPoint> Points)
{
    public const string Vector = "vector";
    public const string Between = "barrier";

    public string Beginning => Variant == Between ? $"{Base}-FT" : Base;

    public string End => $"{Base}+{Source}";

    /// <summary>
    /// How far the way falls below the straight line between the scores of its ends, at its worst point: with l for a place on the way,
    /// max over l of (1 - l) * s(0) + l * s(1) - s(l) for scores, s(l) minus the line for losses. At least 0; null without both ends.
    /// </summary>
    /// <param name="value">What is measured at a point; null where it is not.</param>
    /// <param name="lowerIsBetter">True for losses.</param>
    public (double Height, double At)? Barrier(Func<Score, double?> value, bool lowerIsBetter)
    {
        var known = Points.Where(point => value(point.Score) is not null).Select(point => (point.At, Value: value(point.Score)!.Value)).ToList();
        if (known.Count < 3 || known[0].At != 0 || known[^1].At != 1)
        {
            return null;
        }

        var (first, last) = (known[0].Value, known[^1].Value);
        var depths = known.Select(point =>
        {
            var below = ((1 - point.At) * first) + (point.At * last) - point.Value;
            return (Height: lowerIsBetter ? -below : below, point.At);
        });
        var worst = depths.MaxBy(depth => depth.Height);
        return worst.Height > 0 ? worst : (0, 0);
    }
}
