using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Jobs;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>graft export</summary>
internal static class ExportCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "A checkpoint of the store: its name or digest." };
        var folder = new Argument<string>("DIR") { Description = "Folder to write; must be empty or not there yet." };
        var command = host.Create(
            "export",
            "Write a checkpoint as a folder that Hugging Face transformers, vLLM and mergekit load as it is.",
            "",
            "graft export M2+M1 ./M2-recycled");
        command.Arguments.Add(name);
        command.Arguments.Add(folder);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            var target = Path.GetFullPath(result.GetRequiredValue(folder));
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var info = await connection.Store.GetArtifactAsync(result.GetRequiredValue(name), cancellationToken);
            if (info.Manifest.Kind != ArtifactKind.Checkpoint)
            {
                throw FaultException.Invalid($"{result.GetRequiredValue(name)} is a {info.Manifest.Kind}; only checkpoints are exported.");
            }

            var line = new ProgressLine(host.Terminal, $"export {result.GetRequiredValue(name)}");
            await line.ShowAsync(async () =>
            {
                await CheckpointFolder.ExportAsync(connection.Store, info.Manifest, target, new BytesProgress(line), cancellationToken);
                return true;
            });
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonObject { ["digest"] = info.Digest.ToString(), ["folder"] = target });
            }
            else
            {
                Terminal.WriteLine(host.Terminal.Output, $"{target}  {Sizes.Text(info.LogicalSize)}");
            }
        });
        return command;
    }
}
