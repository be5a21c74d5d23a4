using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Report;
using Graft.Cli.Report.Geometry;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Advice;

/// <summary>Measures the cheap signals of every candidate.</summary>
/// <param name="store">Has the artifacts.</param>
/// <param name="run">Executes recipes; each is looked up first, so asking again costs nothing.</param>
internal sealed class Advisor(StoreClient store, RecipeRunner run)
{
    private const string BitsPerByte = "bits_per_byte";

    /// <param name="target">The base.</param>
    /// <param name="choices">Vectors, at least one.</param>
    /// <param name="scales">Scales to try with each.</param>
    /// <param name="heldOut">Requests of held-out samples; null to go by geometry alone.</param>
    /// <param name="addBos">Put the beginning token before each sample.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Best first.</returns>
    public async Task<IReadOnlyList<RankedCandidate>> RankAsync(
        Digest target, IReadOnlyList<VectorChoice> choices, IReadOnlyList<double> scales, Digest? heldOut, bool addBos, CancellationToken cancellationToken)
    {
        var geometries = await GeometriesAsync(target, choices, cancellationToken);
        List<Candidate> candidates = [];
        foreach (var (choice, geometry) in choices.Zip(geometries))
        {
            foreach (var scale in scales)
            {
                var candidate = new Candidate(choice, scale, geometry, null);
                candidates.Add(heldOut is { } samples ? await MeasureAsync(candidate, target, samples, addBos, cancellationToken) : candidate);
            }
        }

        return Ranking.Of(candidates, new Random(0));
    }

    private async Task<Candidate> MeasureAsync(Candidate candidate, Digest target, Digest samples, bool addBos, CancellationToken cancellationToken)
    {
        var title = $"{candidate.Choice.Name}@{candidate.Scale}";
        var recipe = new MergeRecipe(
            target, [new ScaledVector(candidate.Choice.Vector, candidate.Scale)], Provenance.FineTuned, Provenance.FineTuned);
        var merge = await run(recipe, $"merge {title}", cancellationToken);
        var evaluation = await run(
            new EvaluateRecipe(merge, samples, new LogLikelihoodRules(), EvaluateRecipe.CurrentVersion, DType.F32) { AddBos = addBos },
            $"loss {title}", cancellationToken);
        var files = await new StoredEvaluations(store).ReadAsync(evaluation, cancellationToken);
        var score = Evaluation.Parse(evaluation, files).Score("held-out", BitsPerByte);
        return candidate with
        {
            Merge = merge,
            Losses = score.Items?.Values ?? throw FaultException.Corrupt($"Evaluation {evaluation.Short} does not tell the loss of its samples."),
        };
    }

    private async Task<IReadOnlyList<VectorGeometry>> GeometriesAsync(
        Digest target, IReadOnlyList<VectorChoice> choices, CancellationToken cancellationToken)
    {
        var others = choices.DistinctBy(choice => choice.Vector).Count() > 1
            ? await CompareAsync([.. choices.Select(choice => choice.Vector).Distinct()], "vectors", cancellationToken)
            : null;
        List<VectorGeometry> geometries = [];
        foreach (var choice in choices)
        {
            var vectors = choices.Select(one => one.Vector).Distinct().ToList();
            var cosines = others?.Total.Pairs.Where(pair => vectors[pair.First] == choice.Vector || vectors[pair.Second] == choice.Vector)
                .Select(pair => pair.Cosine).OfType<double>().ToList();
            geometries.Add(await GeometryAsync(target, choice, cosines is { Count: > 0 } ? cosines.Average() : null, cancellationToken));
        }

        return geometries;
    }

    private async Task<VectorGeometry> GeometryAsync(Digest target, VectorChoice choice, double? othersCosine, CancellationToken cancellationToken)
    {
        if (choice.Pretrained == target)
        {
            return new VectorGeometry(0, null, null, null, othersCosine);
        }

        var drift = await run(new ExtractRecipe(target, choice.Pretrained), $"drift to {choice.Name}", cancellationToken);
        var compared = (await CompareAsync([choice.Vector, drift], $"{choice.Name} and the drift", cancellationToken)).Total;
        var pair = compared.Pairs[0];
        return new VectorGeometry(compared.Norms[1] ?? 0, compared.Norms[0], pair.Cosine, pair.SignAgreement, othersCosine);
    }

    private async Task<WeightComparison> CompareAsync(IReadOnlyList<Digest> vectors, string title, CancellationToken cancellationToken)
    {
        var digest = await run(new CompareRecipe(vectors), $"compare {title}", cancellationToken);
        var file = (await store.GetArtifactAsync(digest.ToString(), cancellationToken)).Manifest.File(WeightComparison.File)
            ?? throw FaultException.Corrupt($"The comparison {digest.Short} has no {WeightComparison.File}.");
        return WeightComparison.Parse(await store.ReadAsync(file.Sha256, file.Size, cancellationToken), one => one.Short);
    }
}
