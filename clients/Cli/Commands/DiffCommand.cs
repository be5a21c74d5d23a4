using System.CommandLine;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Commands;

/// <summary>graft diff</summary>
internal static class DiffCommand
{
    public static Command Create(CommandHost host)
    {
        var fineTuned = new Argument<string>("FT") { Description = "The fine-tuned checkpoint: its name or digest." };
        var pretrained = new Argument<string>("PT") { Description = "The pretrained checkpoint it started from." };
        var name = new Option<string>("--name") { Description = "Name of the vector in the store.", Required = true };
        var command = host.Create(
            "diff",
            "Extract the diff vector FT - PT of a fine-tuning.",
            "",
            "graft diff M1-FT M1 --name vec-M1");
        command.Arguments.Add(fineTuned);
        command.Arguments.Add(pretrained);
        command.Options.Add(name);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var recipe = new ExtractRecipe(
                (await connection.Store.GetArtifactAsync(result.GetRequiredValue(fineTuned), cancellationToken)).Digest,
                (await connection.Store.GetArtifactAsync(result.GetRequiredValue(pretrained), cancellationToken)).Digest);
            await MadeArtifact.MakeAsync(host, result, connection, recipe, result.GetRequiredValue(name), cancellationToken);
        });
        return command;
    }
}
