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
        var shardSize = new Option<long?>("--shard-size")
        {
            Description = "Split the weights into files of at most this size (5GB, 512MiB) with an index; without it they are one file.",
            HelpName = "SIZE",
            CustomParser = result => ParseSize(result),
        };
        var command = host.Create(
            "export",
            "Write a checkpoint as a folder that Hugging Face transformers, vLLM and mergekit load as it is.",
            "Interrupted, it leaves DIR.partial and, called again, fetches only what is missing there.",
            "graft export M2+M1 ./M2-recycled",
            "graft export M2+M1 ./M2-recycled --shard-size 5GB");
        command.Arguments.Add(name);
        command.Arguments.Add(folder);
        command.Options.Add(shardSize);
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
                await CheckpointFolder.ExportAsync(
                    connection.Store, info.Manifest, target, result.GetValue(shardSize), new BytesProgress(line), cancellationToken);
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

    private static long? ParseSize(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (Sizes.Parse(text) is > 0 and var size)
        {
            return size;
        }

        result.AddError($"--shard-size is '{text}'; write a size such as 5GB or 512MiB.");
        return null;
    }
}
