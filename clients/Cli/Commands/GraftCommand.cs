using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Graft.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class GraftCommand
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var interruption = new Interruption(terminal.Time);
        var root = Create(new CommandHost(terminal, interruption, args));
        var result = root.Parse(args);
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

        if (args.Length == 0)
        {
            await root.Parse(["--help"]).InvokeAsync(configuration);
            return ExitCodes.Usage;
        }

        Terminal.WriteLine(terminal.Error, $"graft: {Mistake(result)} Try: {Path(result.CommandResult.Command, terminal.CommandName)} --help");
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
            DemoCommand.Create(host), InitCommand.Create(host), ValidateCommand.Create(host), PlanCommand.Create(host), RunCommand.Create(host),
            RunsCommand.Create(host), CancelCommand.Create(host), RetryCommand.Create(host), VerifyRunCommand.Create(host), ReportCommand.Create(host),
            RecycleCommand.Create(host), AdviseCommand.Create(host), ServeCommand.Create(host), ImportCommand.Create(host), ExportCommand.Create(host),
            DiffCommand.Create(host), MergeCommand.Create(host), InterpolateCommand.Create(host), CompareCommand.Create(host),
            EvalCommand.Create(host), SamplesCommand.Create(host), TrainCommand.Create(host), WatchCommand.Create(host), DataCommand.Create(host),
            ListCommand.Create(host), ShowCommand.Create(host),
            TagCommand.Create(host), RemoveCommand.Create(host), LineageCommand.Create(host), UsageCommand.Create(host),
            VerifyCommand.Create(host), CollectCommand.Create(host),
        ];
        foreach (var command in commands)
        {
            root.Subcommands.Add(command);
            RefuseOptions(command);
        }

        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!, host);
        }

        return root;
    }

    private static void RefuseOptions(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(result => RefuseOptions(result, command));
        }

        foreach (var below in command.Subcommands)
        {
            RefuseOptions(below);
        }
    }

    // The library takes an unknown option for the value of an argument.
    private static void RefuseOptions(ArgumentResult result, Command command)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.StartsWith("--", StringComparison.Ordinal)))
        {
            result.AddError(Unknown(token.Value, command));
        }
    }

    // In one line, whatever the library makes of it.
    private static string Mistake(ParseResult result) => result.UnmatchedTokens is [var unknown, ..]
        ? Unknown(unknown, result.CommandResult.Command)
        : string.Join(' ', result.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Unknown(string word, Command command)
    {
        var known = word.StartsWith('-') ? command.Options.Select(option => option.Name) : command.Subcommands.Select(sub => sub.Name);
        var meant = Typing.Nearest(word, known) is { } near ? $"; did you mean {near}?" : ".";
        return $"'{word}' is nothing that {Path(command, "graft")} knows{meant}";
    }

    // "graft merge" when the mistake is in what follows it, "graft data import" for a command of a command.
    private static string Path(Symbol command, string name) =>
        command.Parents.FirstOrDefault() is { } parent ? $"{Path(parent, name)} {command.Name}" : name;
}
