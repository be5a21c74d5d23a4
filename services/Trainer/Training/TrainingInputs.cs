using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Trainer.Data;
using Graft.Trainer.LowRank;
using Graft.Trainer.Validation;

namespace Graft.Trainer.Training;

/// <summary>Opens everything a recipe names, before any work is spent on it.</summary>
internal static class TrainingInputs
{
    /// <exception cref="FaultException">Invalid: all that does not fit, of the start and of every phase's data; the first field is the fault's.</exception>
    public static async Task<(StartingPoint Start, IReadOnlyList<IBatches> Batches)> OpenAsync(
        StoreClient store, TrainRecipe recipe, CancellationToken cancellationToken)
    {
        var mistakes = new Mistakes();
        StartingPoint? start = null;
        List<IBatches> batches = [];
        await mistakes.GatherAsync("recipe.start", async () => start = await StartingPoint.OpenAsync(store, recipe.Start, cancellationToken));
        if (start is not null && recipe.Lora is { } lora)
        {
            await mistakes.GatherAsync("recipe.lora.targets", () => Task.FromResult(LoraTargets.Of(start.Config, lora.Targets)));
        }

        foreach (var (index, phase) in recipe.Phases.Index())
        {
            await mistakes.GatherAsync($"recipe.phases[{index}]", async () =>
            {
                if (start is null)
                {
                    // There is no tokenizer to read it with; that it is a dataset can be said all the same.
                    await CheckKindAsync(store, phase.Dataset, cancellationToken);
                }
                else
                {
                    batches.Add(await BatchSource.OpenAsync(store, phase, start.Config, start.Tokenizer, recipe.Seed, cancellationToken));
                }
            });
        }

        mistakes.Throw();
        return (start!, batches);
    }

    private static async Task CheckKindAsync(StoreClient store, Digest dataset, CancellationToken cancellationToken)
    {
        var artifact = await store.GetArtifactAsync(dataset.ToString(), cancellationToken);
        if (artifact.Manifest.Kind != ArtifactKind.Dataset)
        {
            throw FaultException.Invalid($"{dataset} is a {artifact.Manifest.Kind}, not a dataset.", "recipe.phases.dataset");
        }
    }
}
