using System.CommandLine;
using Graft.Cli.Connections;
using Graft.Cli.Runs;
using Graft.Cli.Trainings;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>graft watch</summary>
internal static class WatchCommand
{
    private const int ShownDigits = 12;

    public static Command Create(CommandHost host)
    {
        var which = new Argument<string?>("RUN|JOB|NAME")
        {
            Description = "A run, by its id, the first digits of it, or its name; a training that runs, by the first digits of its job; or one that is over, "
                + "by the name of its checkpoint. [default: the run, or else the training, that is under way]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = host.Create(
            "watch",
            "Watch a run, or a training: the curve of its loss, its pace, the time left.",
            "Joins the process that is at work in the same store, or the server that is named. On no terminal it writes a line every ten seconds; with --json a line for each step. "
                + "Ctrl-C ends the watching, not what is watched. A run that fails ends it with the reason and exit code 1.",
            "graft watch",
            "graft watch 3f2a9c01",
            "graft watch M1-FT --json",
            "graft watch 3f2a9c --server http://127.0.0.1:8080");
        command.Arguments.Add(which);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
            if (await FindRunAsync(host, connection, result.GetValue(which), cancellationToken) is { } run)
            {
                await FollowAsync(host, result, connection, run, cancellationToken);
                return;
            }

            var (title, updates) = await FindAsync(connection, result.GetValue(which), cancellationToken);
            var follower = new TrainingFollower(host.Terminal, title);
            await (host.IsJson(result) ? follower.WriteJsonAsync(updates) : follower.ShowAsync(updates));
        });
        return command;
    }

    // Whoever names nothing means what is under way; a run has trainings, and is more than they are.
    private static async Task<V1.Run?> FindRunAsync(CommandHost host, Connection connection, string? which, CancellationToken cancellationToken)
    {
        if (which is not null)
        {
            return await RunReference.TryFindAsync(connection.Coordinator, which, host.Terminal, cancellationToken);
        }

        if (connection.IsLocal)
        {
            return null;
        }

        var runs = await connection.Coordinator.ListAsync(cancellationToken).Where(run => run.State == V1.RunState.Running).ToListAsync(cancellationToken);
        return runs switch
        {
            [] => null,
            [var run] => run,
            _ => throw FaultException.Invalid($"{runs.Count} runs are under way: {string.Join(", ", runs.Select(run => $"{run.Id} ({run.Name})"))}. Say which."),
        };
    }

    private static async Task FollowAsync(CommandHost host, ParseResult result, Connection connection, V1.Run run, CancellationToken cancellationToken)
    {
        var whole = await connection.Coordinator.GetAsync(run.Id, cancellationToken);
        var ended = host.IsJson(result)
            ? await RunJsonLines.FollowAsync(connection.Coordinator, whole, host.Terminal, cancellationToken)
            : await RunFollower.FollowAsync(
                connection.Coordinator,
                run.Id,
                RunViews.Of(host, $"{run.Name} ({run.Id})", RunSpec.Parse(whole.Spec.Yaml), isJson: false),
                host.Terminal.Time,
                cancellationToken);
        RunEnd.ThrowUnlessSucceeded(ended, $"{host.Terminal.CommandName} retry {run.Id}");
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
                throw FaultException.NotFound("Nothing is under way there. For a run that is over, name it; for a training that is over, its checkpoint.");
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
