using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Coordinator.Run;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class CancelTests
{
    private static readonly Made _demo = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Fact]
    public async Task Cancelling_a_run_stops_its_jobs()
    {
        await using var coordinator = new TestCoordinator(Held());
        var board = await PretrainingAsync(coordinator, DemoSpec.Yaml);

        var cancelled = await coordinator.Runs.CancelAsync(board.Run.Id, CancellationToken.None);

        Assert.Same(board, cancelled);
        Assert.Equal(RunState.Cancelled, board.Run.State);
        Assert.Equal([_demo.DigestOf("pretrain")], coordinator.World.Cancelled.Select(RecipeCodec.DigestOf));
        Assert.DoesNotContain(board.Plan.Steps, step => board[step].State == StepState.Running);
        Assert.Equal(RunState.Cancelled, coordinator.World.Stored(board.Run.Id).State);
        Assert.False(coordinator.World.IsRunning(_demo.DigestOf("pretrain")));
    }

    [Fact]
    public async Task Cancelling_again_or_after_the_end_changes_nothing()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());
        var board = await coordinator.RunAsync(DemoSpec.Given(2));
        var ended = board.Run.Ended;

        await coordinator.Runs.CancelAsync(board.Run.Id, CancellationToken.None);
        await coordinator.Runs.CancelAsync(board.Run.Id, CancellationToken.None);

        Assert.Equal((RunState.Succeeded, ended), (board.Run.State, board.Run.Ended));
        Assert.Empty(coordinator.World.Cancelled);
    }

    [Fact]
    public async Task A_job_that_another_run_wants_too_goes_on()
    {
        await using var coordinator = new TestCoordinator(Held());
        var one = await PretrainingAsync(coordinator, DemoSpec.Yaml);
        var two = await PretrainingAsync(coordinator, DemoSpec.Yaml.Replace("name: demo", "name: other", StringComparison.Ordinal));

        await coordinator.Runs.CancelAsync(one.Run.Id, CancellationToken.None);
        Assert.Empty(coordinator.World.Cancelled);
        Assert.True(coordinator.World.IsRunning(_demo.DigestOf("pretrain")));
        await coordinator.Runs.CancelAsync(two.Run.Id, CancellationToken.None);

        Assert.NotEqual(one.Run.Id, two.Run.Id);
        Assert.Single(coordinator.World.Cancelled);
    }

    [Fact]
    public async Task A_cancelled_run_goes_on_when_it_is_started_again()
    {
        var release = new TaskCompletionSource();
        await using var coordinator = new TestCoordinator(Held(release.Task));
        var board = await PretrainingAsync(coordinator, DemoSpec.Yaml);
        await coordinator.Runs.CancelAsync(board.Run.Id, CancellationToken.None);

        release.SetResult();
        var again = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(board.Run.Id, again.Run.Id);
        Assert.Equal(RunState.Succeeded, again.Run.State);
        Assert.Equal(StepState.Hit, again[again.Plan.Steps.Single(step => step.Id == "pretrain/M1")].State);
    }

    [Fact]
    public async Task An_unknown_run_cannot_be_cancelled()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());

        var fault = await Assert.ThrowsAsync<FaultException>(() => coordinator.Runs.CancelAsync("0123456789abcdef", CancellationToken.None));

        Assert.Equal(FaultKind.NotFound, fault.Kind);
    }

    private static FakeWorld Held(Task? release = null) => new()
    {
        Hold = (recipe, step) => recipe is TrainRecipe { Start: RandomStart } && step == 1800 ? release ?? new TaskCompletionSource().Task : Task.CompletedTask,
    };

    // Until only pretraining works, and nothing could but what it holds up.
    private static async Task<RunBoard> PretrainingAsync(TestCoordinator coordinator, string yaml)
    {
        var board = await coordinator.StartAsync(yaml);
        var pretrain = board.Plan.Steps.Single(step => step.Id == "pretrain");
        await coordinator.UntilAsync(() => board[pretrain].State == StepState.Running && board.Plan.Steps.All(step =>
            board[step].IsFinal || (step.Trainer ?? step) == pretrain || step.Needs.Any(need => !board[need].IsFinal)));
        return board;
    }
}
