using Graft.Client;
using Graft.Faults;

namespace Graft.Tests.EndToEnd.Cluster;

/// <summary>The five services in six processes, two of them trainers.</summary>
internal sealed class ServiceCluster : IAsyncDisposable
{
    // How long its clients wait for a service that is away.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    /// <param name="stateSteps">Steps between saves of a training's state.</param>
    /// <param name="store">Settings of the store: where its objects are.</param>
    public ServiceCluster(int stateSteps, params string[] store)
    {
        var objects = new ServiceProcess("VectorStore", store);
        string[] worker = [$"--Client:VectorStore={objects.Address}", "--Jobs:MaxConcurrentJobs=1", "--Jobs:RetryAfter=00:00:00.2"];
        string[] trainer = [.. worker, $"--Trainer:StateSteps={stateSteps}", "--Trainer:Device=cpu"];
        var (first, second) = (new ServiceProcess("Trainer", trainer), new ServiceProcess("Trainer", trainer));
        var merger = new ServiceProcess("Merger", worker);
        var evaluator = new ServiceProcess("Evaluator", worker);
        var coordinator = new ServiceProcess(
            "Coordinator",
            [
                $"--Client:VectorStore={objects.Address}", $"--Client:Trainers:0={first.Address}", $"--Client:Trainers:1={second.Address}",
                $"--Client:Merger={merger.Address}", $"--Client:Evaluator={evaluator.Address}", "--Coordinator:MaxConcurrentJobs=4", "--Client:WorkerPatience=00:00:01",
            ]);
        Environment = new Dictionary<string, string>
        {
            ["Client__VectorStore"] = $"{objects.Address}",
            ["Client__Trainer"] = $"{first.Address}",
            ["Client__Merger"] = $"{merger.Address}",
            ["Client__Evaluator"] = $"{evaluator.Address}",
            ["Client__Coordinator"] = $"{coordinator.Address}",
            ["Client__Patience"] = $"{_patience}",
        };
        Processes = [objects, first, second, merger, evaluator, coordinator];
        foreach (var process in Processes)
        {
            process.Start();
        }

        Client = new GraftClient(
            new ClientOptions { VectorStore = objects.Address, Coordinator = coordinator.Address, Patience = _patience }, TimeProvider.System);
    }

    public IReadOnlyList<ServiceProcess> Processes { get; }

    public GraftClient Client { get; }

    /// <summary>What tells the command line where the services are, and to wait for them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>A cluster whose store is a folder.</summary>
    public static ServiceCluster OnFolder(string folder) => new(stateSteps: 4, $"--VectorStore:Folder={folder}", "--VectorStore:Fsync=false");

    /// <summary>Waits until a number of the run's steps are done, or the run is.</summary>
    /// <returns>Whether it goes on.</returns>
    public async Task<bool> UntilAsync(string run, int done, CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = await TryGetAsync(run, cancellationToken);
            if (state is not null && (state.State != V1.RunState.Running || state.Steps.Count(step => step.Artifact.Length > 0) >= done))
            {
                return state.State == V1.RunState.Running;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
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

    // Null while the coordinator cannot say.
    private async Task<V1.Run?> TryGetAsync(string id, CancellationToken cancellationToken)
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
}
