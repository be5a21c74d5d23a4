using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>graft tag</summary>
internal static class TagCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "A name or digest of the store." };
        var newName = new Argument<string>("NEWNAME") { Description = "Another name for the same artifact." };
        var force = new Option<bool>("--force") { Description = "Move NEWNAME when it points at another artifact." };
        var command = host.Create(
            "tag",
            "Give an artifact another name.",
            "",
            "graft tag M2+M1 best",
            "graft tag 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae keep/this --force");
        command.Arguments.Add(name);
        command.Arguments.Add(newName);
        command.Options.Add(force);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var (from, to) = (result.GetRequiredValue(name), result.GetRequiredValue(newName));
            var artifact = (await connection.Store.GetArtifactAsync(from, cancellationToken)).Digest;
            var advice = $"{host.Terminal.CommandName} tag {from} {to} --force";
            await SetAsync(connection.Store, to, artifact, result.GetValue(force) ? null : advice, cancellationToken);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonObject { ["name"] = to, ["digest"] = artifact.ToString() });
            }
            else
            {
                Terminal.WriteLine(host.Terminal.Output, $"{to}  {artifact}");
            }
        });
        return command;
    }

    /// <param name="store">The store.</param>
    /// <param name="name">Which name.</param>
    /// <param name="artifact">What it shall point at.</param>
    /// <param name="advice">What to try when it points elsewhere; null to move it then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task SetAsync(StoreClient store, string name, Digest artifact, string? advice, CancellationToken cancellationToken)
    {
        if (advice is null)
        {
            await store.SetNameAsync(name, artifact, cancellationToken);
            return;
        }

        try
        {
            await store.SetNameAsync(name, artifact, expected: null, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Conflict)
        {
            var current = (await store.GetArtifactAsync(name, cancellationToken)).Digest;
            if (current != artifact)
            {
                throw new AdvisedException($"{name} is the name of the artifact {current.Short} already.", advice);
            }
        }
    }
}
