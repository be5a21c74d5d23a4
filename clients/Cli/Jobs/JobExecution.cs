using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Commands;
using Graft.Cli.Connections;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Jobs;

/// <summary>Has one recipe executed and shows how it gets on.</summary>
internal static class JobExecution
{
    public const string Result = "result";

    // When a worker that is full does not say how long to wait.
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    /// <returns>Artifacts by the names the job gave them: "result", and "step-N" for checkpoints of a training.</returns>
    /// <exception cref="FaultException">The job failed, or somebody else cancelled it.</exception>
    public static Task<IReadOnlyDictionary<string, Digest>> RunAsync(
        CommandHost host, Connection connection, Recipe recipe, string title, CancellationToken cancellationToken)
    {
        var line = new ProgressLine(host.Terminal, title);
        return line.ShowAsync(async () =>
        {
            try
            {
                return await WatchAsync(connection, recipe, line, host.Terminal.Time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && connection.IsLocal)
            {
                // The job ends with this process; asked to, it saves its state first.
                Terminal.WriteLine(host.Terminal.Error, $"Stopped. To go on: {host.CommandLine}");
                await connection.Workers.CancelAsync(recipe, CancellationToken.None);
                throw;
            }
        });
    }

    private static async Task<IReadOnlyDictionary<string, Digest>> WatchAsync(
        Connection connection, Recipe recipe, ProgressLine line, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await connection.Workers.StartAsync(recipe, cancellationToken);
                break;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Exhausted)
            {
                line.Report("waits for its turn, the server is busy");
                await Task.Delay(fault.RetryAfter ?? _retryAfter, time, cancellationToken);
            }
        }

        await foreach (var job in connection.Workers.WatchAsync(recipe, cancellationToken))
        {
            switch (job.State)
            {
                case JobState.Running:
                    line.Report(job.Progress is { } progress ? WorkProgress.Of(progress).ToString() : "");
                    break;
                case JobState.Succeeded:
                    return job.Outputs;
                case JobState.Failed:
                    throw job.Error ?? new FaultException(FaultKind.Internal, $"The {job.Kind} job failed and does not say why.");
                case JobState.Cancelled:
                    throw FaultException.Precondition($"The {job.Kind} job was cancelled by somebody else; start it again and it goes on.");
            }
        }

        throw new FaultException(FaultKind.Internal, "The job's stream ended before the job.");
    }
}
