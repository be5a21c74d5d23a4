using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Graft.Cli.Commands;

/// <summary>The library's help, followed by examples.</summary>
internal sealed class HelpWithExamples(HelpAction help, CommandHost host) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        var examples = host.Examples(parseResult.CommandResult.Command);
        if (examples.Count > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return code;
    }
}
