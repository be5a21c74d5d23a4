using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Client;

namespace Graft.Cli.Commands;

/// <summary>graft ls</summary>
internal static class ListCommand
{
    public static Command Create(CommandHost host)
    {
        var prefix = new Argument<string>("PREFIX")
        {
            Description = "Only names that begin so.",
            DefaultValueFactory = _ => "",
        };
        var command = host.Create("ls", "List the names in the store.", "", "graft ls demo/seed-0/full/M");
        command.Arguments.Add(prefix);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            List<NameEntry> names = [];
            await foreach (var name in connection.Store.ListNamesAsync(result.GetRequiredValue(prefix), cancellationToken))
            {
                names.Add(name);
            }

            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonArray([.. names.Select(name => new JsonObject
                {
                    ["name"] = name.Name,
                    ["kind"] = name.Kind.ToString(),
                    ["digest"] = name.Artifact.ToString(),
                })]));
                return;
            }

            var width = names.Select(name => name.Name.Length).DefaultIfEmpty().Max();
            foreach (var name in names)
            {
                Terminal.WriteLine(host.Terminal.Output, $"{name.Name.PadRight(width)}  {name.Kind,-13}  {name.Artifact.Short}");
            }

            if (names.Count == 0)
            {
                Terminal.WriteLine(host.Terminal.Error, $"No names. Bring something in: {host.Terminal.CommandName} import DIR --name M1");
            }
        });
        return command;
    }
}
