using System.CommandLine;
using Graft.Cli.Jobs;
using Graft.Cli.Runs;

namespace Graft.Cli.Commands;

/// <summary>graft plan</summary>
internal static class PlanCommand
{
    public static Command Create(CommandHost host)
    {
        var file = RunCommand.FileArgument();
        var steps = new Option<bool>("--steps") { Description = "Show every step, not only how many there are of each kind." };
        var command = host.Create(
            "plan",
            "Say what a study would do, move, store and take; execute nothing.",
            """
            HIT: the result is in the store, with all it consists of. MISS: it would be made. BLOCKED: it cannot
            be made, and why. Times come from the jobs of earlier runs in the same store. What the spec names by
            path is brought into the store first, as graft run does: a plan is about exactly these bytes.
            """,
            "graft plan study.yaml",
            "graft plan study.yaml --steps --json");
        command.Arguments.Add(file);
        command.Options.Add(steps);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            var spec = SpecFile.Read(result.GetRequiredValue(file));
            await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
            var line = new ProgressLine(host.Terminal, "plan");
            var plan = await line.ShowAsync(async () =>
                await connection.Coordinator.PlanAsync(await spec.ImportAsync(connection.Store, line, cancellationToken), cancellationToken));
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, PlanJson.Of(plan, result.GetValue(steps)));
            }
            else
            {
                PlanTable.Write(host.Terminal, plan, result.GetValue(steps));
            }
        });
        return command;
    }
}
