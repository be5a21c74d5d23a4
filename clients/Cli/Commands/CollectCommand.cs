using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Jobs;
using Graft.Client;

namespace Graft.Cli.Commands;

/// <summary>graft gc</summary>
internal static class CollectCommand
{
    public static Command Create(CommandHost host)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Tell what would be deleted, and delete nothing." };
        var grace = Periods.Option(
            "--grace", "What is younger stays, because an upload that is still going on may need it; 24h if not given, 10m at the least.");
        var forget = Periods.Option(
            "--forget-results",
            "Also forget what recipes have made longer ago than this, where no name leads to it; it can be made again. Not given: results are kept.");
        var command = host.Create(
            "gc",
            "Delete what no name and no result of a recipe leads to.",
            "Safe beside uploads, runs and other commands. What is deleted cannot be brought back; --dry-run shows it before.",
            "graft gc --dry-run",
            "graft gc --grace 1h",
            "graft gc --forget-results 30d");
        command.Options.Add(dryRun);
        command.Options.Add(grace);
        command.Options.Add(forget);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var isDryRun = result.GetValue(dryRun);
            var line = new ProgressLine(host.Terminal, "gc");
            var collected = await line.ShowAsync(() => connection.Housekeeping.CollectAsync(
                isDryRun,
                result.GetValue(grace),
                result.GetValue(forget),
                new Reporting<(string Stage, long Objects)>(line, progress => $"{progress.Stage}, {progress.Objects:N0} objects"),
                cancellationToken));
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, ToJson(isDryRun, collected));
            }
            else
            {
                Print(host.Terminal, isDryRun, collected);
            }
        });
        return command;
    }

    internal static JsonObject ToJson(bool isDryRun, IReadOnlyList<CollectedObjects> collected) => new()
    {
        ["dry_run"] = isDryRun,
        ["objects"] = collected.Sum(each => each.Objects),
        ["bytes"] = collected.Sum(each => each.Bytes),
        ["collected"] = new JsonArray([.. collected.Select(each => new JsonObject
        {
            ["kind"] = each.Kind,
            ["objects"] = each.Objects,
            ["bytes"] = each.Bytes,
        })]),
    };

    internal static void Print(Terminal terminal, bool isDryRun, IReadOnlyList<CollectedObjects> collected)
    {
        if (collected.Count == 0)
        {
            Terminal.WriteLine(terminal.Output, "Nothing to collect.");
            Terminal.WriteLine(
                terminal.Error, $"Names and results keep artifacts; {terminal.CommandName} rm NAME removes a name, --forget-results 30d lets old results go.");
            return;
        }

        foreach (var each in collected)
        {
            Terminal.WriteLine(terminal.Output, $"{each.Kind,-10} {each.Objects,10:N0} {Sizes.Text(each.Bytes),12}");
        }

        var all = $"{collected.Sum(each => each.Objects),10:N0} {Sizes.Text(collected.Sum(each => each.Bytes)),12}";
        Terminal.WriteLine(terminal.Output, $"{"all",-10} {all}{(isDryRun ? "  would be deleted" : "  deleted")}");
    }
}
