using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Client;

namespace Graft.Cli.Commands;

/// <summary>graft rm</summary>
internal static class RemoveCommand
{
    public static Command Create(CommandHost host)
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of the store.", Arity = ArgumentArity.OneOrMore };
        var command = host.Create(
            "rm",
            "Remove names. The artifacts stay until they are collected.",
            "An artifact goes with graft gc when nothing leads to it: no other name, no diff vector, and no result of a recipe (--forget-results).",
            "graft rm M2+M1",
            "graft rm old/M1 old/M2 old/M3");
        command.Arguments.Add(names);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            List<NameEntry> entries = [];
            foreach (var name in result.GetRequiredValue(names).Distinct())
            {
                // All are looked up before the first goes.
                entries.Add(await FindAsync(connection.Store, name, host.Terminal.CommandName, cancellationToken));
            }

            foreach (var entry in entries)
            {
                await connection.Store.SetNameAsync(entry.Name, null, expected: entry.Artifact, cancellationToken);
            }

            Print(host, result, entries);
        });
        return command;
    }

    private static async Task<NameEntry> FindAsync(StoreClient store, string name, string command, CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListNamesAsync(name, cancellationToken))
        {
            // In ordinal order, the name itself comes before those that begin with it.
            if (entry.Name == name)
            {
                return entry;
            }

            break;
        }

        throw new AdvisedException($"There is no name {name}; nothing was removed.", $"{command} ls");
    }

    private static void Print(CommandHost host, ParseResult result, List<NameEntry> entries)
    {
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new JsonArray([.. entries.Select(entry => new JsonObject
            {
                ["name"] = entry.Name,
                ["digest"] = entry.Artifact.ToString(),
            })]));
            return;
        }

        foreach (var entry in entries)
        {
            Terminal.WriteLine(host.Terminal.Output, $"{entry.Name}  {entry.Kind}  {entry.Artifact}");
        }

        Terminal.WriteLine(host.Terminal.Error, $"Removed. What nothing leads to now is deleted by: {host.Terminal.CommandName} gc (--dry-run shows it)");
    }
}
