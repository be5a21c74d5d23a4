using System.CommandLine;
using Graft.Cli.Lineage;

namespace Graft.Cli.Commands;

/// <summary>graft lineage</summary>
internal static class LineageCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "A name or digest of the store." };
        var depth = new Option<int>("--depth") { Description = "Levels of inputs; 0 for all.", HelpName = "N" };
        depth.Validators.Add(Numbers.AtLeast(0));
        var command = host.Create(
            "lineage",
            "Show how an artifact came to be: recipes and inputs, back to what was imported.",
            "",
            "graft lineage M2+M1",
            "graft lineage M2+M1 --depth 1 --json");
        command.Arguments.Add(name);
        command.Options.Add(depth);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var nodes = await connection.Housekeeping.TraceAsync(result.GetRequiredValue(name), result.GetValue(depth), cancellationToken);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, LineageJson.Of(nodes));
                return;
            }

            foreach (var line in LineageTree.Lines(nodes, host.Terminal.Output.Profile.Capabilities.Unicode))
            {
                Terminal.WriteLine(host.Terminal.Output, line);
            }
        });
        return command;
    }
}
