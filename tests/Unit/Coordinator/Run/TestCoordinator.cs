using Graft.Artifacts;
using Graft.Coordinator;
using Graft.Coordinator.Run;
using Graft.Coordinator.Run.Costs;
using Graft.Coordinator.Spec;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Graft.Tests.Unit.Coordinator.Run;

/// <summary>A coordinator in memory, over a world that may outlive it.</summary>
internal sealed class TestCoordinator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly JobPool _pool;
    private readonly RunDriver _driver;

    public TestCoordinator(FakeWorld world, Action<CoordinatorOptions>? configure = null)
    {
        World = world;
        var options = new CoordinatorOptions { MaxConcurrentJobs = 4, WatchInterval = TimeSpan.Zero };
        configure?.Invoke(options);
        var bound = Options.Create(options);
        var attempts = new JobAttempts(world, bound, Time, NullLogger<JobAttempts>.Instance);
        _pool = new JobPool(attempts, bound, Time, _stopping.Token);
        _driver = new RunDriver(world, _pool, bound, Time, NullLogger<RunDriver>.Instance, _stopping.Token);
        Runs = new RunRegistry(world, _driver, bound, Time, _stopping.Token);
    }

    public PassingTime Time { get; } = new();

    public FakeWorld World { get; }

    public RunRegistry Runs { get; }

    public JobPool Pool => _pool;

    /// <summary>Starts as a process does: interrupted runs go on.</summary>
    public Task StartProcessAsync() => _driver.StartAsync(CancellationToken.None);

    /// <summary>Whether the interrupted runs have been found and are driven again.</summary>
    public bool HasResumed => _driver.HasResumed;

    public Task<RunBoard> StartAsync(string yaml) => Runs.StartAsync(yaml, Inputs(yaml), CancellationToken.None);

    public Task<PlannedRun> PlanAsync(string yaml) => Runs.PlanAsync(yaml, Inputs(yaml), CancellationToken.None);

    /// <summary>Starts a run and waits for its end.</summary>
    public async Task<RunBoard> RunAsync(string yaml)
    {
        var board = await StartAsync(yaml);
        await EndAsync(board);
        return board;
    }

    /// <summary>Waits for the end of a run while time passes.</summary>
    public Task EndAsync(RunBoard board) => UntilAsync(() => board.Run.State != RunState.Running);

    /// <summary>Waits, and lets the time pass that anybody waits for.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            Time.PassNext();
            await Task.Yield();
        }
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _driver.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _driver.Dispose();
        _pool.Dispose();
        _stopping.Dispose();
    }

    private static IReadOnlyDictionary<string, Digest> Inputs(string yaml) => DemoSpec.InputsOf(RunSpec.Parse(yaml));
}
