using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Connections;
using Graft.Cli.Jobs;
using Graft.Client;

namespace Graft.Cli.Commands;

/// <summary>graft verify</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string?>("NAME") { Description = "A name or digest of the store.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Every artifact, and what names and results point at." };
        var command = host.Create(
            "verify",
            "Read all that an artifact consists of, in the store, and compare it with its digests.",
            "Ends with 1 when something is damaged. Nothing is repaired: writing the same bytes again does that (graft import, or the run that made them).",
            "graft verify M1-FT",
            "graft verify --all --json");
        command.Arguments.Add(name);
        command.Options.Add(all);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == result.GetValue(name) is not null)
            {
                result.AddError($"Name an artifact, or everything with --all{(result.GetValue(all) ? "; not both." : ".")}");
            }
        });
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var line = new ProgressLine(host.Terminal, "verify");
            var verified = await line.ShowAsync(() => connection.Housekeeping.VerifyAsync(
                result.GetValue(name), new Reporting<Verified>(line, Words), cancellationToken));
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, ToJson(verified));
            }
            else
            {
                Print(host.Terminal, verified, await NamesAsync(connection, verified, cancellationToken));
            }

            if (verified.Damages.Count > 0)
            {
                throw new AdvisedException(
                    $"{verified.Damages.Count} {(verified.Damages.Count == 1 ? "object is" : "objects are")} damaged.",
                    $"{host.Terminal.CommandName} import, or the run that made it, once more: writing the same bytes again repairs them");
            }
        });
        return command;
    }

    internal static string Words(Verified verified) =>
        $"{verified.Artifacts}/{verified.TotalArtifacts} artifacts, {Sizes.Text(verified.Bytes)} of {Sizes.Text(verified.TotalBytes)}"
        + (verified.Damages.Count > 0 ? $", {verified.Damages.Count} damaged objects" : "");

    internal static JsonObject ToJson(Verified verified) => new()
    {
        ["artifacts"] = verified.Artifacts,
        ["bytes"] = verified.Bytes,
        ["damages"] = new JsonArray([.. verified.Damages.Select(damage => new JsonObject
        {
            ["object"] = damage.Object,
            ["message"] = damage.Message,
            ["artifacts"] = new JsonArray([.. damage.Artifacts.Select(artifact => (JsonNode)artifact.ToString())]),
        })]),
    };

    internal static void Print(Terminal terminal, Verified verified, ILookup<Digest, string> names)
    {
        foreach (var damage in verified.Damages)
        {
            var spoiled = string.Join(", ", damage.Artifacts.Select(artifact => names[artifact].FirstOrDefault() ?? artifact.Short));
            Terminal.WriteLine(terminal.Output, $"{damage.Object} {damage.Message}{(spoiled.Length > 0 ? $"; needed by {spoiled}" : "")}");
        }

        if (verified.Damages.Count == 0)
        {
            Terminal.WriteLine(terminal.Output, $"{verified.Artifacts} artifacts, {Sizes.Text(verified.Bytes)}: no damage.");
        }
    }

    // For people; only when there is something to say.
    private static async Task<ILookup<Digest, string>> NamesAsync(Connection connection, Verified verified, CancellationToken cancellationToken)
    {
        List<NameEntry> names = [];
        if (verified.Damages.Count > 0)
        {
            await foreach (var entry in connection.Store.ListNamesAsync("", cancellationToken))
            {
                names.Add(entry);
            }
        }

        return names.ToLookup(entry => entry.Artifact, entry => entry.Name);
    }
}
