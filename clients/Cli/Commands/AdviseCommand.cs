using System.CommandLine;
using Graft.Artifacts;
using Graft.Cli.Advice;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft advise</summary>
internal static class AdviseCommand
{
    private static readonly double[] _scales = [0.5, 0.75, 1];

    public static Command Create(CommandHost host)
    {
        var target = new Option<string>("--base") { Description = "The checkpoint a vector is wanted for: its name or digest.", HelpName = "NAME", Required = true };
        var vectors = new Option<string[]>("--vectors")
        {
            Description = "Candidates: diff vectors; fine-tuned checkpoints that were trained in this store; or FT:PT, a fine-tuned checkpoint and the one "
                + "it started from.",
            HelpName = "NAME|FT:PT",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var data = new Option<string?>("--data")
        {
            Description = "Held-out rows of {\"prompt\", \"completion\"}, like the fine-tuning's and not among them: a file or a dataset of the store. "
                + "Without them only the geometry of the weights speaks.",
            HelpName = "FILE|NAME",
        };
        var samples = new Option<int>("--samples") { Description = "At most so many rows, drawn at random.", HelpName = "N", DefaultValueFactory = _ => 256 };
        samples.Validators.Add(Numbers.AtLeast(2));
        var scales = new Option<double[]>("--scales")
        {
            Description = "Scales to try with each vector.",
            HelpName = "X",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => _scales,
        };
        var bos = new Option<bool>("--bos")
        {
            Description = "Put the beginning token before each sample, as the fine-tuning did.",
            HelpName = "true|false",
            DefaultValueFactory = _ => true,
            Arity = ArgumentArity.ExactlyOne,
        };
        var command = host.Create(
            "advise",
            "Say which vector, at which scale, is worth adding to a base, and how sure that is.",
            """
            Ranks by the loss of each merge on held-out samples; beside it the distance of the bases, and how the vector lies to the drift between
            them. How often that is right is measured in clients/Cli/Advice/README.md. What it made is kept: asked again, it answers at once.
            """,
            "graft advise --base M5 --vectors vec-M1 vec-M2 vec-M3 vec-M4 --data heldout.jsonl",
            "graft advise --base M5 --vectors M4-FT:M4 M3-FT:M3 --scales 0.5 1 --data heldout.jsonl --json",
            "graft advise --base M5 --vectors vec-M1 vec-M4");
        foreach (var option in (Option[])[target, vectors, data, samples, scales, bos])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            RecipeRunner run = async (recipe, title, token) => (await JobExecution.RunAsync(host, connection, recipe, title, token))[JobExecution.Result];
            var reference = result.GetRequiredValue(target);
            var onto = (await connection.Store.GetArtifactAsync(reference, cancellationToken)).Digest;
            var references = new VectorReferences(connection.Store, connection.Housekeeping, run);
            List<VectorChoice> choices = [];
            foreach (var name in result.GetRequiredValue(vectors))
            {
                choices.Add(await references.ResolveAsync(name, cancellationToken));
            }

            Digest? heldOut = result.GetValue(data) is { } rows
                ? await HeldOutSamples.WriteAsync(connection.Store, rows, result.GetValue(samples), cancellationToken)
                : null;
            var ranked = await new Advisor(connection.Store, run).RankAsync(
                onto, choices, result.GetValue(scales)!, heldOut, result.GetValue(bos), cancellationToken);
            var view = new AdviceView(reference, ranked);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, view.ToJson());
                return;
            }

            view.Show(host.Terminal);
        });
        return command;
    }
}
