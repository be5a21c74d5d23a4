using Graft.Cli.Commands;
using Graft.Cli.Connections;
using Graft.Cli.Report;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Cli.Runs;

/// <summary>What a study is to its user.</summary>
/// <param name="Title">What is shown while it runs.</param>
/// <param name="Preset">Name of the preset, or of the spec.</param>
/// <param name="Spec">The spec.</param>
/// <param name="Folder">Where report.html and results.json go.</param>
/// <param name="IsJson">Print results.json on standard output, and nothing else there.</param>
internal sealed record StudySettings(string Title, string Preset, RunSpec Spec, string Folder, bool IsJson);

/// <summary>A run from its start to its report.</summary>
internal sealed class Study(CommandHost host, Connection connection, StudySettings settings)
{
    // Of the two seconds after Ctrl-C, so many for the coordinator to stop its jobs.
    private static readonly TimeSpan _cancelLimit = TimeSpan.FromSeconds(1);

    /// <param name="prepare">Writes what the run takes into the store.</param>
    /// <param name="cancellationToken">Stops; on a local server the run too, which goes on when it is started again.</param>
    /// <exception cref="AdvisedException">The run failed.</exception>
    public async Task RunAsync(Func<CancellationToken, Task<V1.RunSpec>> prepare, CancellationToken cancellationToken)
    {
        V1.Run? started = null;
        try
        {
            var spec = await prepare(cancellationToken);
            started = await connection.Coordinator.StartAsync(spec, cancellationToken);
            var run = await RunFollower.FollowAsync(connection.Coordinator, started.Id, RunViews.Of(host, settings.Title, settings.Spec, settings.IsJson), host.Terminal.Time, cancellationToken);
            RunEnd.ThrowUnlessSucceeded(run, host.CommandLine);
            await ReportAsync(run, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await StopAsync(started?.Id);
            throw;
        }
    }

    private async Task ReportAsync(V1.Run run, CancellationToken cancellationToken)
    {
        var info = new StudyInfo(checked((long)settings.Spec.Seed), settings.Preset, host.Elapsed);
        var measured = await ResultsBuilder.BuildAsync(run, info, connection.Store, cancellationToken);
        var results = await RunFactsReader.CompleteAsync(measured, connection.Store, connection.Coordinator, cancellationToken);
        var paths = await ResultFiles.WriteAsync(settings.Folder, results, cancellationToken);
        if (settings.IsJson)
        {
            Terminal.WriteLine(host.Terminal.Output, ResultsJson.Write(results).TrimEnd('\n'));
        }
        else
        {
            StudyTables.Write(host.Terminal.Output, results);
        }

        foreach (var path in paths)
        {
            Terminal.WriteLine(settings.IsJson ? host.Terminal.Error : host.Terminal.Output, path);
        }
    }

    private async Task StopAsync(string? run)
    {
        if (!connection.IsLocal)
        {
            Terminal.WriteLine(
                host.Terminal.Error,
                run is null ? "Stopped." : $"Stopped watching. The run goes on at {connection.Server}; to watch it again: {host.CommandLine}");
            return;
        }

        Terminal.WriteLine(host.Terminal.Error, $"Stopped. What is done is kept; to go on: {host.CommandLine}");
        if (run is null)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(_cancelLimit, host.Terminal.Time);
            await connection.Coordinator.CancelAsync(run, limit.Token);
        }
        catch (Exception exception) when (exception is FaultException or OperationCanceledException)
        {
            // The process ends; the run is then an interrupted one, which goes on just the same.
        }
    }
}
