using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Graft.Cli.Connections;
using Graft.Cli.Jobs;
using Graft.Cli.Runs;

namespace Graft.Cli.Commands;

/// <summary>graft runs</summary>
internal static class RunsCommand
{
    // A run of a process that is gone stands there as running; nobody drives it until it is started again.
    private const string Interrupted = "interrupted";

    public static Command Create(CommandHost host)
    {
        var command = host.Create("runs", "List the runs of a store, newest first.", "", "graft runs", "graft runs --json");
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
            var runs = await connection.Coordinator.ListAsync(cancellationToken).ToListAsync(cancellationToken);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonArray([.. runs.Select(run => ToJson(run, connection))]));
                return;
            }

            Print(host, runs, connection);
        });
        return command;
    }

    private static void Print(CommandHost host, List<V1.Run> runs, Connection connection)
    {
        if (runs.Count == 0)
        {
            Terminal.WriteLine(host.Terminal.Error, $"No runs. Start one: {host.Terminal.CommandName} run study.yaml");
            return;
        }

        var width = Math.Max(4, runs.Max(run => run.Name.Length));
        Terminal.WriteLine(host.Terminal.Output, $"{"RUN",-16}  {"NAME".PadRight(width)}  {"STATE",-11}  {"STARTED",-16}  {"TOOK",8}");
        foreach (var run in runs)
        {
            var started = TimeZoneInfo.ConvertTime(run.Started.ToDateTimeOffset(), host.Terminal.Time.LocalTimeZone);
            var took = run.Ended is { } ended ? Durations.Text((ended - run.Started).ToTimeSpan()) : "";
            Terminal.WriteLine(
                host.Terminal.Output,
                $"{run.Id}  {run.Name.PadRight(width)}  {State(run, connection),-11}  {started.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}  {took,8}".TrimEnd());
        }
    }

    private static JsonObject ToJson(V1.Run run, Connection connection) => new()
    {
        ["id"] = run.Id,
        ["name"] = run.Name,
        ["state"] = State(run, connection),
        ["started"] = run.Started.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
        ["ended"] = run.Ended?.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
    };

    private static string State(V1.Run run, Connection connection) =>
        connection.IsLocal && run.State == V1.RunState.Running ? Interrupted : RunWords.Of(run.State);
}
