using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Trainer.Data;
using Graft.Trainer.LowRank;
using Graft.Trainer.Validation;

namespace Graft.Trainer.Training;

/// <summary>Everything a recipe names, opened before any work is spent on it.</summary>
internal sealed class TrainingInputs : IDisposable
{
    private TrainingInputs(StartingPoint start, TrainingData data) => (Start, Data) = (start, data);

    public StartingPoint Start { get; }

    public TrainingData Data { get; }

    /// <exception cref="FaultException">Invalid: all that does not fit, of the start and of every phase's data; the first field is the fault's.</exception>
    public static async Task<TrainingInputs> OpenAsync(StoreClient store, TrainRecipe recipe, CancellationToken cancellationToken)
    {
        var mistakes = new Mistakes();
        StartingPoint? start = null;
        await mistakes.GatherAsync("recipe.start", async () => start = await StartingPoint.OpenAsync(store, recipe.Start, cancellationToken));
        if (start is null)
        {
            await CheckKindsAsync(store, recipe, mistakes, cancellationToken);
            mistakes.Throw();
        }

        if (recipe.Lora is { } lora)
        {
            mistakes.Gather("recipe.lora.targets", () => LoraTargets.Of(start!.Config, lora.Targets));
        }

        return new TrainingInputs(
            start!, await TrainingData.OpenAsync(store, recipe, start!.Config, start.Tokenizer, start.OwnTemplate, mistakes, cancellationToken));
    }

    public void Dispose() => Data.Dispose();

    /// <summary>Without a tokenizer the data cannot be read; that it is data can be said all the same.</summary>
    private static async Task CheckKindsAsync(StoreClient store, TrainRecipe recipe, Mistakes mistakes, CancellationToken cancellationToken)
    {
        foreach (var dataset in recipe.Phases.SelectMany(phase => phase.Datasets).Select(data => data.Dataset))
        {
            await mistakes.GatherAsync("recipe.phases.dataset", async () =>
            {
                var artifact = await store.GetArtifactAsync(dataset.ToString(), cancellationToken);
                if (artifact.Manifest.Kind != ArtifactKind.Dataset)
                {
                    throw FaultException.Invalid($"{dataset} is a {artifact.Manifest.Kind}, not a dataset.", "recipe.phases.dataset");
                }
            });
        }
    }
}
