using Graft.Evaluator.Statistics;

namespace Graft.Evaluator.Results;

/// <summary>What an evaluation found.</summary>
/// <param name="Metrics">By name, in the order of the file.</param>
/// <param name="Primary">The metric to look at first.</param>
/// <param name="Items">Number of items the metrics are means over.</param>
/// <param name="Samples">One line for each item: samples.jsonl.</param>
internal sealed record TaskResult(IReadOnlyList<(string Name, MeanEstimate Estimate)> Metrics, string Primary, int Items, byte[] Samples)
{
    /// <summary>Scores of the task's parts, in the order of their names; empty where it has none.</summary>
    public IReadOnlyList<(string Name, int Items, IReadOnlyList<(string Name, MeanEstimate Estimate)> Metrics)> Groups { get; init; } = [];

    /// <summary>Items whose context did not fit.</summary>
    public int Truncated { get; init; }
}
