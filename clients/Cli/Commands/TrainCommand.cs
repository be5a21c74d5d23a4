using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Data;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft train</summary>
internal static class TrainCommand
{
    public static Command Create(CommandHost host)
    {
        var start = new Option<string>("--start")
        {
            Description = "A checkpoint of the store; or a blueprint, whose weights are then random.",
            HelpName = "NAME",
            Required = true,
        };
        var data = new Option<string[]>("--data")
        {
            Description = "Rows of {\"messages\"}, {\"prompt\", \"completion\"} or {\"text\"}: files (.jsonl, .jsonl.gz, .parquet), folders of them, or "
                + "datasets of the store. Several are mixed, each with the weight behind it: an epoch has so many times its rows.",
            HelpName = "FILE|NAME[:WEIGHT]",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var name = new Option<string>("--name")
        {
            Description = "Name of the last checkpoint in the store; the others get the step behind it: NAME/40.",
            Required = true,
        };
        var options = new TrainingOptions();
        var command = host.Create(
            "train",
            "Fine-tune or pretrain.",
            "Stopped or killed, the same command goes on from the last saved state, to the same bits.",
            "graft train --start M1 --data personas-math algebra.parquet:0.5 --template tulu --steps 30000 --batch 8 --length 4096 --name M1-FT",
            "graft train --start M2+M1 --data gsm8k_train.jsonl --steps 1000 --every 200 --lr 1e-5 --name M2+M1-CT");
        foreach (var option in (Option[])[start, data, name, .. options.All])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var model = await StartingModel.ReadAsync(connection.Store, result.GetRequiredValue(start), cancellationToken);
            List<TrainingDataset> datasets = [];
            foreach (var reference in result.GetRequiredValue(data).Select(DataReference.Parse))
            {
                datasets.Add(await TrainingDataset.FindAsync(connection.Store, reference, cancellationToken));
            }

            var recipe = options.Recipe(result, model, datasets);
            var outputs = await JobExecution.RunAsync(host, connection, recipe, "train", cancellationToken);

            var made = result.GetRequiredValue(name);
            List<(string Name, Digest Digest)> kept = [.. recipe.CheckpointSteps.Select(step => ($"{made}/{step}", outputs[$"step-{step}"]))];
            kept[^1] = (made, kept[^1].Digest);
            foreach (var (checkpoint, digest) in kept)
            {
                await connection.Store.SetNameAsync(checkpoint, digest, cancellationToken);
            }

            Print(host, result, kept, outputs[JobExecution.Result]);
        });
        return command;
    }

    private static void Print(CommandHost host, ParseResult result, List<(string Name, Digest Digest)> kept, Digest log)
    {
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new JsonObject
            {
                ["name"] = kept[^1].Name,
                ["digest"] = kept[^1].Digest.ToString(),
                ["log"] = log.ToString(),
                ["checkpoints"] = new JsonObject(kept.Select(made => KeyValuePair.Create(made.Name, (JsonNode?)made.Digest.ToString()))),
            });
            return;
        }

        foreach (var (name, digest) in kept)
        {
            Terminal.WriteLine(host.Terminal.Output, $"{name}  {ArtifactKind.Checkpoint}  {digest}");
        }
    }
}
