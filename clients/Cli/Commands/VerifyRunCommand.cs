using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Runs;

namespace Graft.Cli.Commands;

/// <summary>graft verify-run</summary>
internal static class VerifyRunCommand
{
    private const int DefaultSample = 3;

    public static Command Create(CommandHost host)
    {
        var which = RetryCommand.RunArgument();
        var steps = new Option<string[]>("--step")
        {
            Description = "A step by its id, such as merge/M2+M1; for a checkpoint, its training. May be given several times.",
            HelpName = "ID",
            AllowMultipleArgumentsPerToken = true,
        };
        var sample = new Option<int>("--sample") { Description = "So many steps, drawn by chance; used without --step.", HelpName = "N", DefaultValueFactory = _ => DefaultSample };
        sample.Validators.Add(Numbers.AtLeast(1));
        var seed = new Option<int>("--seed") { Description = "Of the draw.", HelpName = "S" };
        var command = host.Create(
            "verify-run",
            "Execute steps of a run again and compare the digests of what they make.",
            """
            Proof that a result is what its recipe makes: each step is executed in this process from its inputs
            alone, in a temporary store where no cached result and no saved state can be met. A training is
            compared with its log and every checkpoint. Results equal bit for bit on the machine type that made
            them; another one, or another device, may differ in last bits. A difference ends it with exit code 1.
            """,
            "graft verify-run 3f2a9c01 --sample 5 --seed 1",
            "graft verify-run my-study --step finetune/M1 --step merge/M2+M1");
        command.Arguments.Add(which);
        command.Options.Add(steps);
        command.Options.Add(sample);
        command.Options.Add(seed);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
            var found = await RunReference.FindAsync(connection.Coordinator, result.GetRequiredValue(which), host.Terminal, cancellationToken);
            var run = await connection.Coordinator.GetWholeAsync(found.Id, cancellationToken);
            var chosen = StepChoice.Choose(run, result.GetValue(steps) ?? [], result.GetValue(sample), result.GetValue(seed));
            var execution = new Reexecution(host, connection);
            List<(V1.Step Step, IReadOnlyList<RemadeArtifact> Artifacts)> made = [];
            foreach (var step in chosen)
            {
                var artifacts = await execution.RunAsync(step, $"{made.Count + 1}/{chosen.Count} {step.Id}", cancellationToken);
                made.Add((step, artifacts));
                if (!host.IsJson(result))
                {
                    Print(host.Terminal, step, artifacts);
                }
            }

            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonArray([.. made.Select(item => ToJson(item.Step, item.Artifacts))]));
            }

            End(host, result, made);
        });
        return command;
    }

    private static void End(CommandHost host, ParseResult result, List<(V1.Step Step, IReadOnlyList<RemadeArtifact> Artifacts)> made)
    {
        var different = made.Where(item => item.Artifacts.Any(artifact => !artifact.IsEqual)).Select(item => item.Step.Id).ToList();
        if (different.Count > 0)
        {
            throw new AdvisedException(
                $"{different.Count} of {made.Count} steps make something else than the run has: {string.Join(", ", different)}.",
                "the same command on the type of machine and device that made them");
        }

        if (!host.IsJson(result))
        {
            Terminal.WriteLine(host.Terminal.Output, made.Count switch
            {
                0 => "No step of the run is done: nothing to compare.",
                1 => "The step makes what the run has, bit for bit.",
                var count => $"{count} steps make what the run has, bit for bit.",
            });
        }
    }

    internal static void Print(Terminal terminal, V1.Step step, IReadOnlyList<RemadeArtifact> artifacts)
    {
        foreach (var artifact in artifacts)
        {
            var digests = artifact.IsEqual
                ? artifact.Made.Short
                : artifact.Stored is { } stored ? $"stored {stored.Short}, made {artifact.Made.Short}" : $"no longer stored, made {artifact.Made.Short}";
            Terminal.WriteLine(terminal.Output, $"{(artifact.IsEqual ? "equal" : "DIFFERENT"),-9}  {step.Id}  {artifact.Name}  {digests}");
        }
    }

    private static JsonObject ToJson(V1.Step step, IReadOnlyList<RemadeArtifact> artifacts) => new()
    {
        ["step"] = step.Id,
        ["equal"] = artifacts.All(artifact => artifact.IsEqual),
        ["artifacts"] = new JsonArray([.. artifacts.Select(artifact => new JsonObject
        {
            ["name"] = artifact.Name,
            ["stored"] = artifact.Stored?.ToString(),
            ["made"] = artifact.Made.ToString(),
        })]),
    };
}
