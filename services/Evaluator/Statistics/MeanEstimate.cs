namespace Graft.Evaluator.Statistics;

/// <summary>A mean over items and how sure it is.</summary>
/// <param name="Value">The mean.</param>
/// <param name="StandardError">
/// Sample standard deviation / sqrt(n), as lm-evaluation-harness has it. 0 for a single item, from which it cannot be told.
/// </param>
public sealed record MeanEstimate(double Value, double StandardError)
{
    /// <param name="items">At least one. Their order decides the last bits.</param>
    public static MeanEstimate Of(IReadOnlyCollection<double> items)
    {
        ArgumentOutOfRangeException.ThrowIfZero(items.Count);
        var mean = items.Sum() / items.Count;
        var squares = items.Sum(item => (item - mean) * (item - mean));
        return new MeanEstimate(mean, items.Count == 1 ? 0 : Math.Sqrt(squares / (items.Count - 1) / items.Count));
    }

    /// <summary>The unweighted mean of groups' means; their errors, being independent, add as squares.</summary>
    /// <param name="groups">At least one.</param>
    public static MeanEstimate OfGroups(IReadOnlyCollection<MeanEstimate> groups)
    {
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count);
        return new MeanEstimate(
            groups.Sum(group => group.Value) / groups.Count,
            Math.Sqrt(groups.Sum(group => group.StandardError * group.StandardError)) / groups.Count);
    }
}
