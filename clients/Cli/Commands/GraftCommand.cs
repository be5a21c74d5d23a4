using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Graft.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class GraftCommand
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var interruption = new Interruption(terminal.Time);
        var result = Create(new CommandHost(terminal, interruption, args)).Parse(args);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output.Profile.Out.Writer,
            Error = terminal.Error.Profile.Out.Writer,
            EnableDefaultExceptionHandler = false,
            // Signals are ours.
            ProcessTerminationTimeout = null,
        };
        if (result.Action is not ParseErrorAction)
        {
            return await result.InvokeAsync(configuration);
        }

        Terminal.WriteLine(terminal.Error, $"graft: {result.Errors[0].Message} Try: {Path(result, terminal.CommandName)} --help");
        return ExitCodes.Usage;
    }

    internal static RootCommand Create(CommandHost host)
    {
        var root = new RootCommand(
            "Graft carries a fine-tuning over to the next checkpoint of its base model: M_j + (FT_i - M_i), instead of fine-tuning again.")
        {
            HelpName = "graft",
        };
        Command[] commands =
        [
            DemoCommand.Create(host), RunCommand.Create(host), ServeCommand.Create(host), ImportCommand.Create(host), ExportCommand.Create(host),
            DiffCommand.Create(host), MergeCommand.Create(host), EvalCommand.Create(host), TrainCommand.Create(host), ListCommand.Create(host),
            ShowCommand.Create(host),
        ];
        foreach (var command in commands)
        {
            root.Subcommands.Add(command);
        }

        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!, host);
        }

        return root;
    }

    // "graft merge" when the mistake is in what follows it.
    private static string Path(ParseResult result, string name) =>
        result.CommandResult.Command is RootCommand ? name : $"{name} {result.CommandResult.Command.Name}";
}
