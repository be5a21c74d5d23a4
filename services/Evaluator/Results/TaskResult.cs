using Graft.Evaluator.Statistics;

namespace Graft.Evaluator.Results;

/// <summary>What an evaluation found.</summary>
/// <param name="Metrics">By name, in the order of the file.</param>
/// <param name="Primary">The metric to look at first.</param>
/// <param name="Items">Number of items the metrics are means over.</param>
/// <param name="Samples">One line for each item: samples.jsonl.</param>
internal sealed record TaskResult(IReadOnlyList<(string Name, MeanEstimate Estimate)> Metrics, string Primary, int Items, byte[] Samples);
