using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts.Recipes;
using Graft.Cli.Connections;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>What commands with one recipe and one result have in common.</summary>
internal static class MadeArtifact
{
    /// <summary>Has the recipe executed, names its result and prints both.</summary>
    public static async Task MakeAsync(
        CommandHost host, ParseResult result, Connection connection, Recipe recipe, string name, CancellationToken cancellationToken)
    {
        var outputs = await JobExecution.RunAsync(host, connection, recipe, result.CommandResult.Command.Name, cancellationToken);
        var digest = outputs[JobExecution.Result];
        await connection.Store.SetNameAsync(name, digest, cancellationToken);
        var info = await connection.Store.GetArtifactAsync(digest.ToString(), cancellationToken);
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new JsonObject
            {
                ["name"] = name,
                ["digest"] = digest.ToString(),
                ["kind"] = info.Manifest.Kind.ToString(),
            });
            return;
        }

        Terminal.WriteLine(host.Terminal.Output, $"{name}  {info.Manifest.Kind}  {digest}");
    }
}
