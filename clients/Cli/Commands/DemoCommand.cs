using System.CommandLine;
using Graft.Cli.Demo;
using Graft.Cli.Jobs;
using Graft.Cli.Runs;
using Graft.Coordinator.Spec;

namespace Graft.Cli.Commands;

/// <summary>graft demo</summary>
internal static class DemoCommand
{
    private const string Full = "full";
    private const string Quick = "quick";
    private const string Smoke = "smoke";

    // Seeds of the parts are made from it by multiplication.
    private const long LargestSeed = 1_000_000_000;

    public static Command Create(CommandHost host)
    {
        var preset = new Option<string>("--preset")
        {
            Description = "full: the whole study. quick: fine-tuning of 120 instead of 240 steps at a higher rate, continual training of "
                + "the four nearest merges instead of all ten, and neither recurrent merging nor the compute-matched control. "
                + "smoke: every part at a twentieth of the steps, in seconds, with meaningless scores.",
            DefaultValueFactory = _ => Full,
        };
        preset.AcceptOnlyFromAmong(Full, Quick, Smoke);
        var seed = new Option<long>("--seed") { Description = "Another seed is another world, text and model.", HelpName = "N" };
        seed.Validators.Add(Numbers.AtLeast(0));
        seed.Validators.Add(Numbers.Within(0, LargestSeed));
        var folder = RunCommand.FolderOption("./graft-demo");
        var command = host.Create(
            "demo",
            "Run the whole study on a tiny OLMo 2 that is pretrained on the spot.",
            """
            Pretrains M1..M5, fine-tunes each on word problems, extracts the diff vectors, merges every vector
            into every other checkpoint, trains some merges on, measures everything, and reports which claims
            of the study held. Stopped or killed, the same command goes on; done, it shows its results again.
            """,
            "graft demo",
            "graft demo --preset quick --seed 1 --out results");
        command.Options.Add(preset);
        command.Options.Add(seed);
        command.Options.Add(folder);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            var spec = new DemoSpec(Enum.Parse<DemoPreset>(result.GetRequiredValue(preset), ignoreCase: true), (ulong)result.GetValue(seed));
            var yaml = spec.ToYaml();
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var settings = new StudySettings(
                $"graft demo, {spec.PresetName} study, seed {spec.Seed}",
                spec.PresetName,
                RunSpec.Parse(yaml),
                Path.GetFullPath(result.GetValue(folder) ?? "graft-demo"),
                host.IsJson(result));
            await new Study(host, connection, settings).RunAsync(
                async token =>
                {
                    var line = new ProgressLine(host.Terminal, "writes the world and its text");
                    var made = await line.ShowAsync(() => DemoUpload.WriteAsync(connection.Store, spec, token));
                    var message = new V1.RunSpec { Yaml = yaml };
                    message.Inputs.AddRange(made.Select(input => new V1.Input { Reference = spec.NameOf(input.Key), Artifact = input.Value.ToString() }));
                    return message;
                },
                cancellationToken);
        });
        return command;
    }
}
