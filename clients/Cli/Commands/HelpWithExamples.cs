using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Graft.Cli.Commands;

/// <summary>The library's help, followed by details and examples.</summary>
internal sealed class HelpWithExamples(HelpAction help, CommandHost host) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        var (details, examples) = host.Help(parseResult.CommandResult.Command);
        var output = parseResult.InvocationConfiguration.Output;
        if (details.Length > 0)
        {
            output.WriteLine(details);
            output.WriteLine();
        }

        if (examples.Length > 0)
        {
            output.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return code;
    }
}
