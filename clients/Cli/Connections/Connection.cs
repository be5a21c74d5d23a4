using Graft.Client;

namespace Graft.Cli.Connections;

/// <summary>A client of a server: one that runs somewhere, or one hosted here for as long as a command takes.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly LocalServer? _local;
    private readonly GraftClient _client;

    private Connection(Uri server, LocalServer? local, TimeProvider time)
    {
        Server = server;
        _local = local;
        _client = new GraftClient(new ClientOptions { Server = server }, time);
    }

    public Uri Server { get; }

    /// <summary>Whether the services live and die with this command.</summary>
    public bool IsLocal => _local is not null;

    public StoreClient Store => _client.Store;

    public WorkerClient Workers => _client.Workers;

    public EvaluatorClient Evaluator => _client.Evaluator;

    public CoordinatorClient Coordinator => _client.Coordinator;

    /// <param name="server">A running server; null to host one.</param>
    /// <param name="store">Folder of the artifacts, for a hosted one.</param>
    /// <param name="terminal">Clock and environment.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Connection> OpenAsync(Uri? server, string store, Terminal terminal, CancellationToken cancellationToken)
    {
        if (server is not null)
        {
            return new Connection(server, null, terminal.Time);
        }

        var local = await LocalServer.StartAsync(new LocalServerSettings(store) { LogsToConsole = terminal.IsDebugging }, cancellationToken);
        return new Connection(local.Address, local, terminal.Time);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_local is not null)
        {
            await _local.DisposeAsync();
        }
    }
}
