using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Jobs;
using Graft.Merger.Folders;

namespace Graft.Cli.Commands;

/// <summary>graft merge without a store: folders to a folder.</summary>
internal static class FolderMergeRun
{
    public static async Task RunAsync(
        CommandHost host, ParseResult result, FolderMergeSettings settings, bool isDryRun, CancellationToken cancellationToken)
    {
        using var merge = FolderMerge.Open(settings, host.Terminal.Time);
        var plan = PreflightView.Of(merge.Preflight);
        if (isDryRun || plan.Problems.Count > 0)
        {
            plan.Show(host.Terminal, host.IsJson(result));
            plan.ThrowIfRefused();
            return;
        }

        var line = new ProgressLine(host.Terminal, $"merge {settings.Output}");
        await line.ShowAsync(async () =>
        {
            try
            {
                await merge.RunAsync(new BytesProgress(line), cancellationToken);
                return true;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                Terminal.WriteLine(host.Terminal.Error, $"Stopped. Complete files are kept; to go on: {host.CommandLine}");
                throw;
            }
        });
        var folder = Path.GetFullPath(settings.Output);
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new JsonObject
            {
                ["folder"] = folder,
                ["tensors"] = plan.Tensors,
                ["parameters"] = plan.Parameters,
                ["bytes"] = plan.WriteBytes,
            });
            return;
        }

        Terminal.WriteLine(host.Terminal.Output, $"{folder}  {plan.Tensors} tensors, {Sizes.Text(plan.WriteBytes)}");
    }
}
