using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Imports;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft import</summary>
internal static class ImportCommand
{
    public static Command Create(CommandHost host)
    {
        var path = new Argument<string>("PATH")
        {
            Description = "A checkpoint: a folder with config.json, *.safetensors and tokenizer files, as Hugging Face writes it. "
                + "A folder without weights becomes a blueprint, a .jsonl file a dataset.",
        };
        var name = new Option<string>("--name") { Description = "Name in the store.", Required = true };
        var parent = new Option<string?>("--parent")
        {
            Description = "Checkpoint this one was made from: the store then keeps only the difference, without loss.",
            HelpName = "NAME",
        };
        var command = host.Create(
            "import",
            "Bring a checkpoint, or a dataset, into the store.",
            "What is there already is not sent again.",
            "graft import ./OLMo-2-1124-7B --name M1",
            "graft import ./OLMo-2-1124-7B-SFT --name M1-FT --parent M1",
            "graft import gsm8k.jsonl --name gsm8k");
        command.Arguments.Add(path);
        command.Options.Add(name);
        command.Options.Add(parent);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var line = new ProgressLine(host.Terminal, $"import {result.GetRequiredValue(path)}");
            var digest = await line.ShowAsync(async () =>
            {
                var above = result.GetValue(parent) is { } reference ? (await connection.Store.GetArtifactAsync(reference, cancellationToken)).Manifest : null;
                var manifest = await ReadAsync(connection.Store, result.GetRequiredValue(path), above, line, cancellationToken);
                return await connection.Store.PutArtifactAsync(manifest, result.GetRequiredValue(name), cancellationToken);
            });
            var info = await connection.Store.GetArtifactAsync(digest.ToString(), cancellationToken);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonObject
                {
                    ["name"] = result.GetRequiredValue(name),
                    ["digest"] = digest.ToString(),
                    ["kind"] = info.Manifest.Kind.ToString(),
                    ["logical_size"] = info.LogicalSize,
                    ["stored_size"] = info.StoredSize,
                });
                return;
            }

            Terminal.WriteLine(
                host.Terminal.Output,
                $"{result.GetRequiredValue(name)}  {info.Manifest.Kind}  {digest}  {Sizes.Text(info.LogicalSize)}, stored as {Sizes.Text(info.StoredSize)}");
        });
        return command;
    }

    private static Task<Manifest> ReadAsync(
        Client.StoreClient store, string path, Manifest? parent, ProgressLine line, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            return LocalImport.DatasetAsync(store, path, cancellationToken);
        }

        return LocalImport.IsBlueprint(path)
            ? LocalImport.BlueprintAsync(store, path, cancellationToken)
            : LocalImport.CheckpointAsync(store, path, parent, new BytesProgress(line), cancellationToken);
    }
}
