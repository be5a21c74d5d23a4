using System.CommandLine;
using Graft.Cli.Runs;
using Graft.Coordinator.Spec;

namespace Graft.Cli.Commands;

/// <summary>graft retry</summary>
internal static class RetryCommand
{
    public static Command Create(CommandHost host)
    {
        var which = RunArgument();
        var launch = new RunLaunch(host, RunCommand.FolderOption("./graft-<name of the run>"));
        var command = host.Create(
            "retry",
            "Go on with a run that failed, was cancelled or was interrupted.",
            "Its spec and what its references stood for are in the store: the file is not needed. What is done is not done again; what failed is tried again.",
            "graft retry 3f2a9c01",
            "graft retry my-study --detach");
        command.Arguments.Add(which);
        launch.AddTo(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await launch.ConnectAsync(result, cancellationToken);
            var found = await RunReference.FindAsync(connection.Coordinator, result.GetRequiredValue(which), host.Terminal, cancellationToken);
            var spec = (await connection.Coordinator.GetAsync(found.Id, cancellationToken)).Spec;
            await launch.RunAsync(
                result, connection, $"graft retry, {found.Name}", RunSpec.Parse(spec.Yaml), _ => Task.FromResult(spec), cancellationToken);
        });
        return command;
    }

    public static Argument<string> RunArgument() => new("RUN")
    {
        Description = "A run: its id, the first digits of it, or its name (the newest of that name). graft runs lists them.",
    };
}
