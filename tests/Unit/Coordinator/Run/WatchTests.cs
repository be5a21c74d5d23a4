using Graft.Client;
using Graft.Coordinator.Run;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class WatchTests
{
    private static readonly Made _demo = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Fact]
    public async Task A_watcher_sees_the_whole_run_and_then_only_changes_until_the_end()
    {
        var release = new TaskCompletionSource();
        await using var coordinator = new TestCoordinator(new FakeWorld { Hold = (_, _) => release.Task });
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        List<RunChange> changes = [];

        var watch = Task.Run(async () =>
        {
            await foreach (var change in coordinator.Runs.WatchAsync(board, CancellationToken.None))
            {
                changes.Add(change);
                release.TrySetResult();
            }
        });
        await coordinator.UntilAsync(() => watch.IsCompleted);
        await watch;

        Assert.Equal(board.Plan.Steps, changes[0].Steps.Select(item => item.Step));
        Assert.Equal(RunState.Running, changes[0].Run.State);
        Assert.Equal(RunState.Succeeded, changes[^1].Run.State);
        var last = changes.SelectMany(change => change.Steps).GroupBy(item => item.Step).ToDictionary(group => group.Key, group => group.Last().Status);
        Assert.All(board.Plan.Steps, step => Assert.Equal(board[step], last[step]));
    }

    [Fact]
    public async Task A_slow_watcher_skips_what_was_overtaken()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (_, _) => release.Task };
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        await coordinator.UntilAsync(() => world.IsRunning(_demo.DigestOf("pretrain")));
        await using var watch = coordinator.Runs.WatchAsync(board, CancellationToken.None).GetAsyncEnumerator();
        await watch.MoveNextAsync();

        for (var i = 1; i <= 1000; i++)
        {
            world.Report(_demo.DigestOf("pretrain"), new JobProgress(i, 3200, "steps", new Dictionary<string, double>(), null));
        }

        await coordinator.UntilAsync(() => Pretraining(board)?.Completed == 1000);
        await watch.MoveNextAsync();

        var (step, status) = Assert.Single(watch.Current.Steps);
        Assert.Equal("pretrain", step.Id);
        Assert.Equal(1000, status.Progress?.Completed);
        release.SetResult();
        await coordinator.EndAsync(board);
    }

    [Fact]
    public async Task Watching_an_ended_run_shows_it_once()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());
        var board = await coordinator.RunAsync(DemoSpec.Given(2));

        var changes = await coordinator.Runs.WatchAsync(board, CancellationToken.None).ToListAsync();

        Assert.Equal(board.Plan.Steps.Count, Assert.Single(changes).Steps.Count);
    }

    [Fact]
    public async Task Watchers_are_told_when_the_coordinator_stops()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld { Hold = (_, _) => new TaskCompletionSource().Task });
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        var watch = Task.Run(() => coordinator.Runs.WatchAsync(board, CancellationToken.None).LastAsync().AsTask());

        await coordinator.StopAsync();
        var fault = await Assert.ThrowsAsync<FaultException>(() => watch);

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
    }

    [Fact]
    public async Task An_unknown_run_is_not_found()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());

        var fault = await Assert.ThrowsAsync<FaultException>(() => coordinator.Runs.GetAsync("0123456789abcdef", CancellationToken.None));

        Assert.Equal(FaultKind.NotFound, fault.Kind);
    }

    private static JobProgress? Pretraining(RunBoard board) => board[board.Plan.Steps.Single(step => step.Id == "pretrain")].Progress;
}
