using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Connections;

/// <summary>A client of a server: one that runs somewhere, or one hosted here for as long as a command takes.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly LocalServer? _local;
    private readonly GraftClient _client;

    private Connection(ClientOptions options, LocalServer? local, TimeProvider time)
    {
        Server = options.Server!;
        _local = local;
        _client = new GraftClient(options, time);
    }

    public Uri Server { get; }

    /// <summary>Whether the services live and die with this command.</summary>
    public bool IsLocal => _local is not null;

    public StoreClient Store => _client.Store;

    public HousekeepingClient Housekeeping => _client.Housekeeping;

    public WorkerClient Workers => _client.Workers;

    public EvaluatorClient Evaluator => _client.Evaluator;

    public TrainerClient Trainer => _client.Trainer;

    public CoordinatorClient Coordinator => _client.Coordinator;

    /// <param name="server">A running server; null to host one.</param>
    /// <param name="store">Folder of the artifacts or s3://bucket/prefix, for a hosted one.</param>
    /// <param name="terminal">Clock and environment.</param>
    /// <param name="identity">Whom to trust and who the user is, for a server elsewhere.</param>
    /// <param name="trainer">Settings of the trainer ("Device"), for a hosted one; null for the defaults, and for a command that does not train.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Connection> OpenAsync(
        Uri? server,
        string store,
        Terminal terminal,
        CredentialOptions identity,
        IReadOnlyDictionary<string, string?>? trainer,
        CancellationToken cancellationToken)
    {
        if (server is not null)
        {
            return new Connection(ServiceAddresses.Apply(OptionsOf(server, identity, terminal), terminal.Variable), null, terminal.Time);
        }

        var settings = new LocalServerSettings(store) { LogsToConsole = terminal.IsDebugging, Variable = terminal.Variable, Trainer = trainer };
        var local = await LocalServer.StartAsync(settings, cancellationToken);
        return new Connection(new ClientOptions { Server = local.Address }, local, terminal.Time);
    }

    // The cache on disk is for servers elsewhere; the store of a hosted one is on the disk already.
    private static ClientOptions OptionsOf(Uri server, CredentialOptions identity, Terminal terminal)
    {
        var options = new ClientOptions(identity) { Server = server, CacheFolder = terminal.Variable("GRAFT_CACHE") };
        if (terminal.Variable("GRAFT_CACHE_SIZE") is { Length: > 0 } size)
        {
            options.CacheDiskBytes = Sizes.Parse(size)
                ?? throw FaultException.Invalid($"GRAFT_CACHE_SIZE is '{size}'; write a size such as 20GB, or 0 for no cache.");
        }

        return options;
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
