using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Cli.Connections;
using Graft.Cli.Data;
using Graft.Cli.Jobs;
using Graft.Cli.Trainings;

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
            Description = "Name of the last checkpoint in the store; the others get the step behind it (NAME/40), the log NAME/log.",
            Required = true,
        };
        var dry = new Option<bool>("--dry-run") { Description = "Print the recipe with every field (YAML, or JSON with --json) and what it takes, and train nothing.", Aliases = { "--show-recipe" } };
        var options = new TrainingOptions();
        var trainer = new TrainerSettings(host);
        var command = host.Create(
            "train",
            "Fine-tune or pretrain.",
            "Stopped or killed, the same command goes on from the last saved state, to the same bits. graft watch shows how it gets on.",
            "graft train --preset finetuning-transfer --start M1 --data personas-math personas-math-grade personas-algebra --small-memory --micro-batch 1 --name M1-FT",
            "graft train --start M2+M1 --data gsm8k_train.jsonl --steps 1000 --every 200 --lr 1e-5 --name M2+M1-CT",
            "graft train --preset finetuning-transfer --start M1 --data gsm8k_train.jsonl --name M1-FT --dry-run");
        foreach (var option in (Option[])[start, data, name, .. options.All, .. trainer.All, dry])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(options.Validate);
        command.Validators.Add(trainer.Validate);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            // The last save takes what it takes; a second Ctrl-C does not wait for it.
            host.Interruption.HasNoLimit = true;
            await using var connection = await host.ConnectAsync(result, trainer.Settings(result), cancellationToken);
            var model = await StartingModel.ReadAsync(connection.Store, result.GetRequiredValue(start), cancellationToken);
            var datasets = await FindAsync(connection, result.GetRequiredValue(data), cancellationToken);
            var compute = options.Compute(result) ?? await DefaultComputeAsync(connection, cancellationToken);
            var recipe = options.Recipe(result, model, datasets, compute);
            if (result.GetValue(dry))
            {
                RecipeView.Write(host, result, recipe, model);
                return;
            }

            await RunAsync(host, result, connection, recipe, result.GetRequiredValue(name), cancellationToken);
        });
        return command;
    }

    private static async Task<List<TrainingDataset>> FindAsync(Connection connection, string[] references, CancellationToken cancellationToken)
    {
        List<TrainingDataset> datasets = [];
        foreach (var reference in references.Select(DataReference.Parse))
        {
            datasets.Add(await TrainingDataset.FindAsync(connection.Store, reference, cancellationToken));
        }

        return datasets;
    }

    private static async Task<DType> DefaultComputeAsync(Connection connection, CancellationToken cancellationToken) =>
        ManifestCodec.FromProto((await connection.Trainer.DescribeAsync(cancellationToken)).ComputeDtype, "compute_dtype");

    private static async Task RunAsync(
        CommandHost host, ParseResult result, Connection connection, TrainRecipe recipe, string made, CancellationToken cancellationToken)
    {
        var outputs = await JobExecution.RunAsync(host, connection, recipe, "train", cancellationToken);
        List<(string Name, Digest Digest)> kept = [.. recipe.CheckpointSteps.Select(step => ($"{made}/{step}", outputs[$"step-{step}"]))];
        kept[^1] = (made, kept[^1].Digest);
        foreach (var (name, digest) in kept.Append((StoredTraining.LogName(made), outputs[JobExecution.Result])))
        {
            await connection.Store.SetNameAsync(name, digest, cancellationToken);
        }

        Print(host, result, kept, outputs[JobExecution.Result]);
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
