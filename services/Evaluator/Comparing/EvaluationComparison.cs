using Graft.Artifacts;
using Graft.Client;
using Graft.Evaluator.Results;
using Graft.Evaluator.Statistics;
using Graft.Faults;

namespace Graft.Evaluator.Comparing;

/// <summary>Two evaluations on the items both have.</summary>
/// <param name="Primary">The first's primary metric.</param>
/// <param name="Metrics">Those both have, in the order of the first.</param>
/// <param name="Items">How many items both have.</param>
/// <param name="OnlyFirst">Items only the first has.</param>
/// <param name="OnlySecond">Items only the second has.</param>
internal sealed record ComparedEvaluations(
    string Primary, IReadOnlyList<(string Name, PairedComparison Comparison)> Metrics, int Items, int OnlyFirst, int OnlySecond);

/// <summary>Compares evaluations of the store.</summary>
internal sealed class EvaluationComparison(StoreClient store)
{
    private const double UsualConfidence = 0.95;

    /// <param name="first">Name or digest of an evaluation.</param>
    /// <param name="second">Name or digest of the other.</param>
    /// <param name="confidence">Of the intervals; 0 for 0.95.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound; Invalid: one is no evaluation, or they have no item or no metric in common.</exception>
    public async Task<ComparedEvaluations> CompareAsync(
        string first, string second, double confidence, ulong seed, CancellationToken cancellationToken)
    {
        var share = confidence == 0 ? UsualConfidence : confidence;
        if (share is not (> 0 and < 1))
        {
            throw FaultException.Invalid($"The confidence is {confidence}; more than 0 and less than 1 is possible.", "confidence");
        }

        var (one, other) = (await ReadAsync(first, "first", cancellationToken), await ReadAsync(second, "second", cancellationToken));
        return Compare(one, other, share, seed);
    }

    internal static ComparedEvaluations Compare(SampleValues first, SampleValues second, double confidence, ulong seed)
    {
        long[] items = [.. first.Items.Keys.Where(second.Items.ContainsKey).Order()];
        string[] metrics = [.. first.Metrics.Intersect(second.Metrics)];
        if (items.Length == 0 || metrics.Length == 0)
        {
            throw FaultException.Invalid(
                $"The two evaluations have no {(items.Length == 0 ? "item" : "metric")} in common; compare evaluations of one task.", "second");
        }

        return new ComparedEvaluations(
            first.Primary,
            [.. metrics.Select(metric => (metric, PairedComparison.Of(Values(first, metric), Values(second, metric), confidence, new Random((int)(seed % int.MaxValue)))))],
            items.Length,
            first.Items.Count - items.Length,
            second.Items.Count - items.Length);

        double[] Values(SampleValues values, string metric) => [.. items.Select(item => values.Items[item][metric])];
    }

    private async Task<SampleValues> ReadAsync(string reference, string field, CancellationToken cancellationToken)
    {
        var manifest = (await store.GetArtifactAsync(reference, cancellationToken)).Manifest;
        return manifest.Kind == ArtifactKind.Evaluation && manifest.File(ScoresFile.Path) is { } scores && manifest.File("samples.jsonl") is { } samples
            ? SampleValues.Parse(
                await store.ReadAsync(scores.Sha256, scores.Size, cancellationToken), await store.ReadAsync(samples.Sha256, samples.Size, cancellationToken), reference)
            : throw FaultException.Invalid($"{reference} is a {manifest.Kind} without samples; two finished evaluations can be compared.", field);
    }
}
