using System.CommandLine;
using Graft.Cli.Jobs;
using Graft.Cli.Runs;

namespace Graft.Cli.Commands;

/// <summary>graft run</summary>
internal static class RunCommand
{
    public static Command Create(CommandHost host)
    {
        var file = FileArgument();
        var launch = new RunLaunch(host, FolderOption("./graft-<name of the run>"));
        var command = host.Create(
            "run",
            "Run a study on checkpoints of your own.",
            """
            What the spec names by path is brought into the store first. Stopped or killed, the same command
            goes on; what another run has made already is not made again. graft plan says beforehand what it
            takes. A detached run goes on in its server: watch, cancel and retry it by its id.
            """,
            "graft run study.yaml --out results",
            "graft run study.yaml --detach");
        command.Arguments.Add(file);
        launch.AddTo(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            var spec = SpecFile.Read(result.GetRequiredValue(file));
            await using var connection = await launch.ConnectAsync(result, cancellationToken);
            await launch.RunAsync(
                result,
                connection,
                $"graft run, {spec.Spec.Name}",
                spec.Spec,
                token =>
                {
                    var line = new ProgressLine(host.Terminal, "import");
                    return line.ShowAsync(() => spec.ImportAsync(connection.Store, line, token));
                },
                cancellationToken);
        });
        return command;
    }

    public static Argument<string> FileArgument() => new("FILE")
    {
        Description = "The spec, YAML: trajectory, fine-tunings given or to be trained, tasks, experiments. Relative paths in it count "
            + "from its own folder. services/Coordinator/Spec/README.md describes it.",
    };

    public static Option<string?> FolderOption(string fallback) => new("--out")
    {
        Description = $"Folder for report.html and results.json. [default: {fallback}]",
        HelpName = "DIR",
    };
}
