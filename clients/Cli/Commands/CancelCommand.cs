using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Runs;

namespace Graft.Cli.Commands;

/// <summary>graft cancel</summary>
internal static class CancelCommand
{
    public static Command Create(CommandHost host)
    {
        var which = RetryCommand.RunArgument();
        var command = host.Create(
            "cancel",
            "Stop a run and its jobs.",
            "Trainings save their state first. What is done is kept, and graft retry goes on. A job that another run wants too goes on for that one.",
            "graft cancel 3f2a9c01");
        command.Arguments.Add(which);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
            var found = await RunReference.FindAsync(connection.Coordinator, result.GetRequiredValue(which), host.Terminal, cancellationToken);
            var run = await connection.Coordinator.CancelAsync(found.Id, cancellationToken);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonObject { ["id"] = run.Id, ["name"] = run.Name, ["state"] = RunWords.Of(run.State) });
            }
            else if (run.State == V1.RunState.Cancelled)
            {
                Terminal.WriteLine(host.Terminal.Output, $"{run.Id}  {run.Name} is cancelled. To go on: {host.Terminal.CommandName} retry {run.Id}");
            }
            else
            {
                Terminal.WriteLine(host.Terminal.Output, $"{run.Id}  {run.Name} had {RunWords.Of(run.State)} before.");
            }
        });
        return command;
    }
}
