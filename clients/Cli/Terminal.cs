using Spectre.Console;

namespace Graft.Cli;

/// <summary>What a command talks to: the two outputs, the clock, the environment.</summary>
/// <param name="Output">For results.</param>
/// <param name="Error">For progress and faults.</param>
/// <param name="Time">Clock.</param>
/// <param name="Variable">A variable of the environment; null when it is not set.</param>
internal sealed record Terminal(IAnsiConsole Output, IAnsiConsole Error, TimeProvider Time, Func<string, string?> Variable)
{
    // A file or pipe has no width of its own; the widest table of a study fits into this.
    private const int FileWidth = 120;

    /// <summary>Whether faults are shown with where they came from.</summary>
    public bool IsDebugging => Variable("GRAFT_DEBUG") is { Length: > 0 } and not "0";

    /// <summary>How the user calls this program, for advice.</summary>
    public string CommandName => Variable("GRAFT_COMMAND") is { Length: > 0 } name ? name : "graft";

    public static Terminal OfProcess() =>
        new(Open(Console.Out, Console.IsOutputRedirected), Open(Console.Error, Console.IsErrorRedirected), TimeProvider.System, Environment.GetEnvironmentVariable);

    /// <summary>A line as it is: nothing in it is markup, and nothing is wrapped.</summary>
    public static void WriteLine(IAnsiConsole console, string line)
    {
        console.Profile.Out.Writer.WriteLine(line);
        console.Profile.Out.Writer.Flush();
    }

    private static IAnsiConsole Open(TextWriter writer, bool isFile)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (isFile)
        {
            console.Profile.Width = FileWidth;
        }

        // What is redrawn in place needs a terminal that can go back.
        console.Profile.Capabilities.Interactive &= !isFile && console.Profile.Capabilities.Ansi;

        return console;
    }
}
