using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Cli.Commands;
using Graft.Cli.Connections;
using Graft.Cli.Jobs;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Runs;

/// <summary>One artifact as the store has it and as it was made again; the stored one is null where the store has it no more.</summary>
internal sealed record RemadeArtifact(string Name, Digest? Stored, Digest Made)
{
    public bool IsEqual => Stored == Made;
}

/// <summary>
/// Executes a recipe from its inputs alone: they are copied into a store of their own in a temporary folder, where no result and no saved
/// state is, and services in this process make the rest.
/// </summary>
internal sealed class Reexecution(CommandHost host, Connection connection)
{
    /// <returns>The step's artifact, and for a training every checkpoint it keeps.</returns>
    public async Task<IReadOnlyList<RemadeArtifact>> RunAsync(V1.Step step, string title, CancellationToken cancellationToken)
    {
        var recipe = await RecipeOfAsync(step, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("graft-verify-").FullName;
        try
        {
            await using var scratch = await Connection.OpenAsync(null, folder, host.Terminal, new CredentialOptions(), trainer: null, cancellationToken);
            var line = new ProgressLine(host.Terminal, $"{title}, copies its inputs");
            await line.ShowAsync(async () =>
            {
                foreach (var input in RecipeInputs.Of(recipe))
                {
                    line.Report(input.Short);
                    await ArtifactCopy.CopyAsync(connection.Store, scratch.Store, input, cancellationToken);
                }

                return true;
            });
            var made = await JobExecution.RunAsync(host, scratch, recipe, title, cancellationToken);
            return await CompareAsync(step, recipe, made, cancellationToken);
        }
        finally
        {
            Remove(folder);
        }
    }

    // What was found out has cost a training: it is not lost for a folder that does not go away.
    private void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Terminal.WriteLine(host.Terminal.Error, $"The temporary store {folder} could not be removed, delete it by hand: {exception.Message}");
        }
    }

    private async Task<IReadOnlyList<RemadeArtifact>> CompareAsync(
        V1.Step step, Recipe recipe, IReadOnlyDictionary<string, Digest> made, CancellationToken cancellationToken)
    {
        List<RemadeArtifact> artifacts = [new(JobExecution.Result, Digest.Parse(step.Artifact), made[JobExecution.Result])];
        if (recipe is TrainRecipe train)
        {
            var kept = train.CheckpointSteps.Distinct().ToList();
            var stored = await connection.Store.LookUpResultsAsync([.. kept.Select(at => RecipeCodec.DigestOf(new CheckpointRecipe(train, at)))], cancellationToken);
            artifacts.AddRange(kept.Zip(stored, (at, digest) => new RemadeArtifact($"step-{at}", digest, made[$"step-{at}"])));
        }

        return artifacts;
    }

    // The store keeps the recipe beside what it made.
    private async Task<Recipe> RecipeOfAsync(V1.Step step, CancellationToken cancellationToken)
    {
        var recipe = Digest.Parse(step.Recipe);
        var lineage = await connection.Housekeeping.TraceAsync(step.Artifact, depth: 1, cancellationToken);
        return lineage[0].Recipes.FirstOrDefault(known => RecipeCodec.DigestOf(known) == recipe)
            ?? throw FaultException.Precondition($"The store has no recipe {recipe} of {step.Id}: its result was forgotten, and there is nothing to execute.");
    }
}
