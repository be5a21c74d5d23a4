using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Jobs;
using Graft.Client;

namespace Graft.Cli.Commands;

/// <summary>graft du</summary>
internal static class UsageCommand
{
    public static Command Create(CommandHost host)
    {
        var command = host.Create(
            "du",
            "Show what artifacts take, the largest first.",
            "OWN is what an artifact takes that none before it (in order of their digests) has; these add up to the store. STORED counts what several\n"
            + "artifacts share in each. LOGICAL is its bytes as they are, RATIO how much smaller they are kept.",
            "graft du",
            "graft du --json");
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var line = new ProgressLine(host.Terminal, "du");
            var usage = await line.ShowAsync(() => connection.Housekeeping.MeasureAsync(
                new Reporting<int>(line, count => $"{count:N0} artifacts"), cancellationToken));
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, ToJson(usage));
            }
            else
            {
                Print(host.Terminal, usage);
            }
        });
        return command;
    }

    internal static JsonObject ToJson(StoreUsage usage) => new()
    {
        ["logical_size"] = usage.LogicalSize,
        ["stored_size"] = usage.StoredSize,
        ["ratio"] = Ratio(usage.LogicalSize, usage.StoredSize),
        ["parents_size"] = usage.ParentsSize,
        ["artifacts"] = new JsonArray([.. Sorted(usage).Select(artifact => new JsonObject
        {
            ["digest"] = artifact.Digest.ToString(),
            ["kind"] = artifact.Kind?.ToString(),
            ["names"] = new JsonArray([.. artifact.Names.Select(name => (JsonNode)name)]),
            ["logical_size"] = artifact.LogicalSize,
            ["stored_size"] = artifact.StoredSize,
            ["own_size"] = artifact.OwnSize,
            ["ratio"] = Ratio(artifact.LogicalSize, artifact.StoredSize),
        })]),
    };

    internal static void Print(Terminal terminal, StoreUsage usage)
    {
        Write("OWN", "STORED", "LOGICAL", "RATIO", "");
        foreach (var artifact in Sorted(usage))
        {
            var names = artifact.Names.Count > 0 ? string.Join(", ", artifact.Names) : artifact.Digest.Short;
            Write(
                Sizes.Text(artifact.OwnSize),
                Sizes.Text(artifact.StoredSize),
                Sizes.Text(artifact.LogicalSize),
                RatioText(artifact.LogicalSize, artifact.StoredSize),
                $"{artifact.Kind?.ToString() ?? "damaged",-13}  {names}");
        }

        if (usage.ParentsSize > 0)
        {
            Write(Sizes.Text(usage.ParentsSize), "", "", "", "kept because others are stored as deltas against them");
        }

        Write(Sizes.Text(usage.StoredSize), "", Sizes.Text(usage.LogicalSize), RatioText(usage.LogicalSize, usage.StoredSize), $"all {usage.Artifacts.Count} artifacts");

        void Write(string own, string stored, string logical, string ratio, string what) =>
            Terminal.WriteLine(terminal.Output, $"{own,10} {stored,10} {logical,10} {ratio,8}  {what}".TrimEnd());
    }

    private static IEnumerable<ArtifactUsage> Sorted(StoreUsage usage) =>
        usage.Artifacts.OrderByDescending(artifact => artifact.OwnSize).ThenBy(artifact => artifact.Digest.ToString(), StringComparer.Ordinal);

    private static double? Ratio(long logical, long stored) => stored > 0 ? Math.Round((double)logical / stored, 3) : null;

    private static string RatioText(long logical, long stored) => stored > 0 ? $"{(double)logical / stored:0.00}x" : "";
}
