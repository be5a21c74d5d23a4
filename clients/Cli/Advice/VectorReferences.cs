using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Advice;

/// <summary>Has a recipe executed and gives its result.</summary>
internal delegate Task<Digest> RecipeRunner(Recipe recipe, string title, CancellationToken cancellationToken);

/// <summary>Vectors as users name them: a diff vector, "FT:PT", or a fine-tuned checkpoint whose start the store knows.</summary>
internal sealed class VectorReferences(StoreClient store, HousekeepingClient housekeeping, RecipeRunner run)
{
    /// <exception cref="FaultException">NotFound; Invalid: a checkpoint that nothing tells the start of.</exception>
    public async Task<VectorChoice> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        // Names have no ":"; digests neither.
        if (reference.Split(':') is [var tuned, var start])
        {
            return await ExtractAsync(tuned, await DigestAsync(tuned, cancellationToken), await DigestAsync(start, cancellationToken), cancellationToken);
        }

        var info = await store.GetArtifactAsync(reference, cancellationToken);
        return info.Manifest switch
        {
            { DiffVector: { } vector } => new VectorChoice(reference, info.Digest, vector.Pretrained),
            { Kind: ArtifactKind.Checkpoint } => await ExtractAsync(
                reference, info.Digest, await StartAsync(reference, info.Digest, cancellationToken), cancellationToken),
            _ => throw FaultException.Invalid($"{reference} is a {info.Manifest.Kind}; name diff vectors or fine-tuned checkpoints."),
        };
    }

    /// <summary>The checkpoint its training started from; a merge is no pretrained checkpoint, and is not taken for one.</summary>
    private async Task<Digest> StartAsync(string reference, Digest tuned, CancellationToken cancellationToken)
    {
        var nodes = await housekeeping.TraceAsync(tuned.ToString(), depth: 2, cancellationToken);
        var starts = nodes.First(node => node.Artifact == tuned).Recipes.OfType<CheckpointRecipe>()
            .Select(recipe => recipe.Train.Start).OfType<CheckpointStart>().Select(start => start.Checkpoint).Distinct().ToList();
        if (starts is not [var start])
        {
            throw FaultException.Invalid($"Nothing tells which checkpoint {reference} was fine-tuned from; write {reference}:PRETRAINED.");
        }

        return nodes.FirstOrDefault(node => node.Artifact == start)?.Recipes.OfType<MergeRecipe>().Any() == true
            ? throw FaultException.Invalid($"{reference} was trained on from a merge; say which raw checkpoint is subtracted: {reference}:PRETRAINED.")
            : start;
    }

    private async Task<VectorChoice> ExtractAsync(string name, Digest tuned, Digest start, CancellationToken cancellationToken) =>
        new(name, await run(new ExtractRecipe(tuned, start), $"vector of {name}", cancellationToken), start);

    private async Task<Digest> DigestAsync(string reference, CancellationToken cancellationToken) =>
        (await store.GetArtifactAsync(reference, cancellationToken)).Digest;
}
