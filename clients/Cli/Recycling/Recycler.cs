using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Advice;
using Graft.Cli.Report;
using Graft.Client;

namespace Graft.Cli.Recycling;

/// <summary>A model that was measured.</summary>
/// <param name="Role">"base", "given", "merge" or "trained".</param>
/// <param name="Model">The checkpoint.</param>
/// <param name="Score">Its score.</param>
internal sealed record Measured(string Role, NamedArtifact Model, Score Score)
{
    public const string Base = "base";
    public const string Given = "given";
    public const string Merge = "merge";
    public const string Trained = "trained";

    /// <summary>Whether it stands on the new base and may win.</summary>
    public bool IsCandidate => Role is Merge or Trained;
}

/// <summary>How it ended.</summary>
/// <param name="Metric">Name of the metric that decides.</param>
/// <param name="Items">Items of each score.</param>
/// <param name="Models">In the order they were measured.</param>
/// <param name="Target">The score that was asked for.</param>
/// <param name="Winner">The best model on the new base.</param>
internal sealed record RecycleOutcome(string Metric, int Items, IReadOnlyList<Measured> Models, double Target, Measured Winner)
{
    public bool ReachesTarget => Report.Metric.Of(Metric).Gain(Winner.Score.Value, Target) >= 0;
}

/// <summary>Carries fine-tunings over to a new base: merges, measures, trains the best merge on where it falls short.</summary>
/// <param name="store">Has the artifacts.</param>
/// <param name="run">Executes recipes; what is done already is a look-up.</param>
/// <param name="train">Executes a training; gives the checkpoint of each step it kept.</param>
internal sealed class Recycler(StoreClient store, RecipeRunner run, Func<TrainRecipe, CancellationToken, Task<IReadOnlyList<(int Step, Digest Digest)>>> train)
{
    public async Task<RecycleOutcome> RunAsync(RecycleRequest request, CancellationToken cancellationToken)
    {
        List<Measured> models = [];
        string? metric = request.Metric;
        var items = 0;

        await MeasureAsync(Measured.Base, request.NewBase);
        foreach (var given in request.Given)
        {
            await MeasureAsync(Measured.Given, given.FineTuned);
        }

        foreach (var given in request.Given)
        {
            var vector = await run(
                new ExtractRecipe(given.FineTuned.Digest, given.Pretrained.Digest), $"vector of {given.FineTuned.Name}", cancellationToken);
            foreach (var scale in request.Scales)
            {
                var name = request.MergeName(given, scale);
                var merge = await run(MergeOf(request.NewBase.Digest, vector, scale), $"merge {name}", cancellationToken);
                await MeasureAsync(Measured.Merge, new NamedArtifact(name, merge));
            }
        }

        var judge = Metric.Of(metric!);
        var target = request.Target ?? Best(judge, models.Where(model => model.Role == Measured.Given)).Score.Value;
        var best = Best(judge, models.Where(model => model.IsCandidate));
        if (judge.Gain(best.Score.Value, target) < 0 && request.Train is { } recipe)
        {
            foreach (var (step, checkpoint) in await train(recipe(best.Model.Digest), cancellationToken))
            {
                await MeasureAsync(Measured.Trained, new NamedArtifact($"{best.Model.Name}-CT/{step}", checkpoint));
            }
        }

        return new RecycleOutcome(metric!, items, models, target, Best(judge, models.Where(model => model.IsCandidate)));

        async Task MeasureAsync(string role, NamedArtifact model)
        {
            var digest = await run(request.Evaluate(model.Digest), $"measure {model.Name}", cancellationToken);
            var evaluation = Evaluation.Parse(digest, await new StoredEvaluations(store).ReadAsync(digest, cancellationToken));
            metric ??= evaluation.Primary;
            items = evaluation.Items;
            models.Add(new Measured(role, model, evaluation.Score("the task", metric)));
        }
    }

    internal static MergeRecipe MergeOf(Digest target, Digest vector, double scale) =>
        new(target, [new ScaledVector(vector, scale)], Provenance.FineTuned, Provenance.FineTuned);

    /// <summary>Of equals the first: the nearer to the user's own order.</summary>
    internal static Measured Best(Metric metric, IEnumerable<Measured> models) => models.MaxBy(model => metric.Gain(model.Score.Value, 0))!;
}
