using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Commands;
using Graft.Cli.Connections;
using Graft.Coordinator.Spec;

namespace Graft.Cli.Runs;

/// <summary>What graft run and graft retry share: the run is followed to its report, or left to a server.</summary>
internal sealed class RunLaunch(CommandHost host, Option<string?> folder)
{
    private readonly Option<bool> _detach = new("--detach", "-d")
    {
        Description = "Start it at the server (--server, or the graft serve that holds the store) and return; graft watch follows it.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(folder);
        command.Options.Add(_detach);
        host.AddConnection(command);
    }

    /// <summary>The server for a detached run; for any other the server that is named, or the process itself.</summary>
    /// <exception cref="AdvisedException">There is no server that a detached run could live in.</exception>
    public async Task<Connection> ConnectAsync(ParseResult result, CancellationToken cancellationToken) =>
        await host.TryConnectToServerAsync(result, cancellationToken)
        ?? (result.GetValue(_detach)
            ? throw new AdvisedException(
                $"A detached run lives in a server, and none serves the store {host.StoreOf(result)}.",
                $"{host.Terminal.CommandName} serve --store {host.StoreOf(result)}, and this command again beside it; or name a server with --server")
            : await host.ConnectAsync(result, cancellationToken));

    /// <param name="result">The command line.</param>
    /// <param name="connection">From <see cref="ConnectAsync"/>.</param>
    /// <param name="title">What is shown while it runs.</param>
    /// <param name="spec">The spec.</param>
    /// <param name="prepare">Writes what the run takes into the store.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RunAsync(
        ParseResult result,
        Connection connection,
        string title,
        RunSpec spec,
        Func<CancellationToken, Task<V1.RunSpec>> prepare,
        CancellationToken cancellationToken)
    {
        if (result.GetValue(_detach))
        {
            var started = await connection.Coordinator.StartAsync(await prepare(cancellationToken), cancellationToken);
            Tell(result, connection, started);
            return;
        }

        var settings = new StudySettings(
            title, spec.Name, spec, Path.GetFullPath(result.GetValue(folder) ?? $"graft-{spec.Name.Replace('/', '-')}"), host.IsJson(result));
        await new Study(host, connection, settings).RunAsync(prepare, cancellationToken);
    }

    private void Tell(ParseResult result, Connection connection, V1.Run run)
    {
        var server = connection.Server.GetLeftPart(UriPartial.Authority);
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new JsonObject { ["id"] = run.Id, ["name"] = run.Name, ["steps"] = run.StepCount, ["server"] = server });
            return;
        }

        Terminal.WriteLine(host.Terminal.Output, $"{run.Id}  {run.Name}, {run.StepCount} steps, runs at {server}.");
        Terminal.WriteLine(host.Terminal.Output, $"To watch it: {host.Terminal.CommandName} watch {run.Id} --server {server}");
    }
}
