using Graft.Cli.Commands;
using Graft.Coordinator.Spec;

namespace Graft.Cli.Runs;

/// <summary>Which view fits the terminal.</summary>
internal static class RunViews
{
    /// <param name="host">The command.</param>
    /// <param name="title">What runs.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="isJson">Standard output is for JSON.</param>
    public static IRunView Of(CommandHost host, string title, RunSpec spec, bool isJson)
    {
        var console = isJson ? host.Terminal.Error : host.Terminal.Output;
        return console.Profile.Capabilities.Interactive
            ? new LiveView(console, title, spec, () => host.Elapsed, Environment.ProcessorCount)
            : new PlainView(console, title, spec, host.Terminal.Time, Environment.ProcessorCount);
    }
}
