using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Evaluations;
using Graft.Cli.Report;

namespace Graft.Cli.Commands;

/// <summary>graft samples</summary>
internal static class SamplesCommand
{
    public static Command Create(CommandHost host)
    {
        var evaluation = new Argument<string>("EVAL") { Description = "An evaluation of the store: its name or digest." };
        var wrong = new Option<bool>("--wrong") { Description = "Only items answered wrong." };
        var right = new Option<bool>("--right") { Description = "Only items answered right." };
        var count = new Option<int>("--n") { Description = "So many at most.", HelpName = "N", DefaultValueFactory = _ => 20 };
        count.Validators.Add(Numbers.AtLeast(1));
        var full = new Option<bool>("--full") { Description = "Show contexts from their beginning, examples and all." };
        var command = host.Create(
            "samples",
            "Read what a model said in an evaluation.",
            "",
            "graft samples M2/gsm8k --wrong --n 5",
            "graft samples M2/gsm8k --json --n 100000");
        command.Arguments.Add(evaluation);
        foreach (var option in (Option[])[wrong, right, count, full])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(wrong) && result.GetValue(right))
            {
                result.AddError("--wrong and --right exclude each other; leave both away to see all.");
            }
        });
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var artifact = await connection.Store.GetArtifactAsync(result.GetRequiredValue(evaluation), cancellationToken);
            var files = await new StoredEvaluations(connection.Store).ReadAsync(artifact.Digest, cancellationToken);
            bool? wanted = result.GetValue(wrong) ? false : result.GetValue(right) ? true : null;
            var samples = StoredSamples.Read(files.Samples ?? ReadOnlyMemory<byte>.Empty, wanted).Take(result.GetValue(count)).ToList();
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonArray([.. samples]));
                return;
            }

            foreach (var sample in samples)
            {
                SampleText.Write(host.Terminal.Output, sample, result.GetValue(full));
            }

            if (samples.Count == 0)
            {
                Terminal.WriteLine(host.Terminal.Error, "No such samples.");
            }
        });
        return command;
    }
}
