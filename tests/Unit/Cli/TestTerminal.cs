using System.Text;
using Graft.Cli;
using Spectre.Console;

namespace Graft.Tests.Unit.Cli;

/// <summary>A terminal that remembers what was written to it.</summary>
internal sealed class TestTerminal
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public TestTerminal(TimeProvider? time = null, bool isInteractive = false, params (string Name, string Value)[] variables)
    {
        var known = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
        Terminal = new Terminal(Open(_output, isInteractive), Open(_error, isInteractive), time ?? TimeProvider.System, known.GetValueOrDefault);
    }

    public Terminal Terminal { get; }

    public string Output => _output.ToString().ReplaceLineEndings("\n");

    public string Error => _error.ToString().ReplaceLineEndings("\n");

    private static IAnsiConsole Open(StringBuilder text, bool isInteractive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(new StringWriter(text)),
        });
        console.Profile.Width = 120;
        console.Profile.Capabilities.Unicode = false;
        return console;
    }
}
