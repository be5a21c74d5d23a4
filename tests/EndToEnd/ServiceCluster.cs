using Graft.Client;
using Graft.Faults;

namespace Graft.Tests.EndToEnd;

/// <summary>The five services in six processes, two of them trainers, on a store in a folder.</summary>
internal sealed class ServiceCluster : IAsyncDisposable
{
    private readonly ServiceProcess _store;
    private readonly ServiceProcess _coordinator;

    public ServiceCluster(string folder)
    {
        _store = new ServiceProcess("VectorStore", [$"--VectorStore:Folder={folder}", "--VectorStore:Fsync=false"]);
        string[] worker = [$"--Client:VectorStore={_store.Address}", "--Jobs:MaxConcurrentJobs=1", "--Jobs:RetryAfter=00:00:00.2"];
        string[] trainer = [.. worker, "--Trainer:StateSteps=4", "--Trainer:Device=cpu"];
        var (first, second) = (new ServiceProcess("Trainer", trainer), new ServiceProcess("Trainer", trainer));
        var merger = new ServiceProcess("Merger", worker);
        var evaluator = new ServiceProcess("Evaluator", worker);
        _coordinator = new ServiceProcess(
            "Coordinator",
            [
                $"--Client:VectorStore={_store.Address}", $"--Client:Trainers:0={first.Address}", $"--Client:Trainers:1={second.Address}",
                $"--Client:Merger={merger.Address}", $"--Client:Evaluator={evaluator.Address}", "--Coordinator:MaxConcurrentJobs=4", "--Client:WorkerPatience=00:00:01",
            ]);
        Processes = [_store, first, second, merger, evaluator, _coordinator];
        foreach (var process in Processes)
        {
            process.Start();
        }

        Client = new GraftClient(
            new ClientOptions { VectorStore = _store.Address, Coordinator = _coordinator.Address, Patience = TimeSpan.FromMinutes(3) }, TimeProvider.System);
    }

    public IReadOnlyList<ServiceProcess> Processes { get; }

    public GraftClient Client { get; }

    /// <summary>The run as it stands; null while the coordinator cannot say.</summary>
    public async Task<V1.Run?> TryGetAsync(string id, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            return await Client.Coordinator.GetAsync(id, limit.Token);
        }
        catch (Exception exception) when (exception is FaultException { Kind: FaultKind.Unavailable } or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var process in Processes.Reverse())
        {
            await process.DisposeAsync();
        }
    }
}
