using Graft.Artifacts;
using Graft.Evaluator.Statistics;

namespace Graft.Cli.Report;

/// <summary>A mean over items; of several seeds, the mean over them too.</summary>
/// <param name="Value">Accuracies as 0..1, bits per byte as they are.</param>
/// <param name="StandardError">
/// Of the mean, from the sample of items. Of several seeds: that of the items' means and that of the seeds' means together, as squares.
/// </param>
/// <param name="Evaluation">Artifact it was read from; of several seeds, that of the first.</param>
internal sealed record Score(double Value, double StandardError, Digest Evaluation)
{
    /// <summary>What the mean is over, where the evaluation tells; for paired tests. Not part of results.json.</summary>
    public ItemValues? Items { get; init; }

    /// <summary>Bits per byte of the same evaluation, where the score itself is another metric.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Correct items, where the score is known to be their part.</summary>
    public int? Count { get; init; }

    /// <summary>The single seeds in ascending order; empty for one seed.</summary>
    public IReadOnlyList<SeedScore> Seeds { get; init; } = [];

    /// <summary>Sample standard deviation (n - 1) of the seeds' scores; null for one seed.</summary>
    public double? Deviation => Seeds.Count < 2
        ? null
        : MeanEstimate.Of([.. Seeds.Select(seed => seed.Value)]).StandardError * Math.Sqrt(Seeds.Count);
}

/// <summary>The score of one seed.</summary>
internal sealed record SeedScore(ulong Seed, double Value, double StandardError, Digest Evaluation);

/// <summary>The value of each item of an evaluation; ids and values are of one length.</summary>
internal sealed record ItemValues(IReadOnlyList<string> Ids, IReadOnlyList<double> Values);

/// <summary>One evaluation with everything that says what was evaluated.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Items">Items the score is a mean over.</param>
/// <param name="Cell">What the model is.</param>
/// <param name="Score">Its score.</param>
internal sealed record CellScore(string Task, string Metric, int Items, V1.Cell Cell, Score Score)
{
    /// <summary>Id of the evaluation's step; empty where no run is known.</summary>
    public string Step { get; init; } = "";
}
