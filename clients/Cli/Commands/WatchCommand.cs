using System.CommandLine;
using Graft.Cli.Connections;
using Graft.Cli.Trainings;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>graft watch</summary>
internal static class WatchCommand
{
    private const int ShownDigits = 12;

    public static Command Create(CommandHost host)
    {
        var which = new Argument<string?>("JOB|NAME")
        {
            Description = "A training that runs, by the first digits of its job; or one that is over, by the name of its checkpoint. [default: the one that runs]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = host.Create(
            "watch",
            "Watch a training: the curve of its loss, its pace, the time left.",
            "Joins the process that trains in the same store, or the server that is named. On no terminal it writes a line every ten seconds; with --json a line for each step. "
                + "Ctrl-C ends the watching, not the training.",
            "graft watch",
            "graft watch M1-FT --json",
            "graft watch 3f2a9c --server http://127.0.0.1:8080");
        command.Arguments.Add(which);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
            var (title, updates) = await FindAsync(connection, result.GetValue(which), cancellationToken);
            var follower = new TrainingFollower(host.Terminal, title);
            await (host.IsJson(result) ? follower.WriteJsonAsync(updates) : follower.ShowAsync(updates));
        });
        return command;
    }

    private static async Task<(string Title, IAsyncEnumerable<V1.WatchTrainingResponse> Updates)> FindAsync(
        Connection connection, string? which, CancellationToken cancellationToken)
    {
        var running = await connection.Trainer.RunningAsync(cancellationToken);
        var meant = running.Where(job => which is null || job.Id.StartsWith(which, StringComparison.OrdinalIgnoreCase)).ToArray();
        switch (meant)
        {
            case [var job]:
                return ($"training {job.Id[..ShownDigits]}", connection.Trainer.WatchAsync(job.Id, cancellationToken));
            case [] when which is not null:
                return ($"training of {which}", Once(await StoredTraining.ReadAsync(connection.Store, which, cancellationToken)));
            case []:
                throw FaultException.NotFound("No training runs there. For one that is over, name its checkpoint.");
            default:
                throw FaultException.Invalid(
                    $"{meant.Length} trainings run there: {string.Join(", ", meant.Select(job => job.Id[..ShownDigits]))}. Say which by its first digits.");
        }
    }

    private static async IAsyncEnumerable<V1.WatchTrainingResponse> Once(V1.WatchTrainingResponse all)
    {
        await Task.CompletedTask;
        yield return all;
    }
}
