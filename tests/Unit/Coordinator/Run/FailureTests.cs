using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Coordinator.Run;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class FailureTests
{
    private static readonly Made _given = new(DemoSpec.PlanOf(DemoSpec.Given(3)));
    private static readonly Made _demo = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Fact]
    public async Task A_failed_step_fails_only_what_depends_on_it()
    {
        var world = new FakeWorld { FailJob = recipe => Is(recipe, _given, "extract/M1") ? FaultException.Corrupt("The bytes rotted.") : null };
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(RunState.Failed, board.Run.State);
        Assert.Equal(["extract/M1"], InState(board, StepState.Failed));
        Assert.Equal(new StepError("Corrupt", "The bytes rotted."), Status(board, "extract/M1").Error);
        Assert.Equal(
            ["evaluate/merge/M2+M1/gsm", "evaluate/merge/M3+M1/gsm", "merge/M2+M1", "merge/M3+M1"], InState(board, StepState.Blocked));
        Assert.Equal(
            new StepError("Precondition", "It needs extract/M1, which failed: The bytes rotted."), Status(board, "evaluate/merge/M2+M1/gsm").Error);
        Assert.Equal(board.Plan.Steps.Count - 5, InState(board, StepState.Succeeded).Length);
    }

    [Fact]
    public async Task A_job_that_is_lost_waits_alone_while_others_of_its_kind_go_on()
    {
        var world = new FakeWorld { Hold = (recipe, _) => Is(recipe, _given, "extract/M2") ? new TaskCompletionSource().Task : Task.CompletedTask };
        await using var coordinator = new TestCoordinator(world, options => options.MaxConcurrentJobs = 1);
        // The plan begins with the vector of M2.
        var board = await coordinator.StartAsync(DemoSpec.Given(3, evaluate: false));
        await coordinator.UntilAsync(() => world.IsRunning(_given.DigestOf("extract/M2")));
        var before = coordinator.Time.GetUtcNow();

        world.Kill(_given.DigestOf("extract/M2"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Status(board, "extract/M3").State != StepState.Succeeded)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(before, coordinator.Time.GetUtcNow());
        Assert.NotEqual(StepState.Running, Status(board, "extract/M2").State);
    }

    [Fact]
    public async Task Checkpoints_made_before_a_failure_are_used()
    {
        var never = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (recipe, step) => Is(recipe, _demo, "finetune/M1") && step == 120 ? never.Task : Task.CompletedTask };
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        await coordinator.UntilAsync(() => Status(board, "evaluate/ft/M1@80/facts").State == StepState.Succeeded);

        world.Fail(_demo.DigestOf("finetune/M1"), FaultException.Invalid("The loss is not a number."));
        await coordinator.EndAsync(board);

        Assert.Equal(["finetune/M1"], InState(board, StepState.Failed));
        Assert.Equal(StepState.Succeeded, Status(board, "finetune/M1@80").State);
        Assert.Equal(StepState.Blocked, Status(board, "finetune/M1@120").State);
        Assert.Equal(StepState.Blocked, Status(board, "recurrent/M5@240").State);
        Assert.Equal(StepState.Succeeded, Status(board, "continual/M3+M2@240").State);
    }

    [Fact]
    public async Task Steps_that_share_a_failed_job_all_fail()
    {
        var world = new FakeWorld { FailJob = recipe => Is(recipe, _demo, "recurrent/M2") ? FaultException.Invalid("No.") : null };
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(["continual/M2+M1", "recurrent/M2"], InState(board, StepState.Failed));
    }

    [Fact]
    public async Task A_full_worker_is_waited_for_and_is_no_failure()
    {
        var attempts = 0;
        var world = new FakeWorld
        {
            FailStart = recipe => recipe is MergeRecipe && Interlocked.Increment(ref attempts) <= 5
                ? new FaultException(FaultKind.Exhausted, "Full.") { RetryAfter = TimeSpan.FromMinutes(3) }
                : null,
        };
        await using var coordinator = new TestCoordinator(world, options => options.MaxConcurrentJobs = 1);
        var began = coordinator.Time.GetUtcNow();

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.True(coordinator.Time.GetUtcNow() - began >= TimeSpan.FromMinutes(15));
        Assert.Equal(5 + 6, attempts);
    }

    [Fact]
    public async Task A_full_worker_does_not_hold_up_the_others()
    {
        var isFull = true;
        var world = new FakeWorld
        {
            FailStart = recipe => recipe is ExtractRecipe && isFull ? new FaultException(FaultKind.Exhausted, "Full.") : null,
        };
        await using var coordinator = new TestCoordinator(world, options => options.MaxConcurrentJobs = 1);
        var board = await coordinator.StartAsync(DemoSpec.Given(3));

        await coordinator.UntilAsync(() => InState(board, StepState.Succeeded).Length == 6);

        Assert.All(InState(board, StepState.Succeeded), id => Assert.StartsWith("evaluate/", id, StringComparison.Ordinal));
        Assert.Equal(["extract/M1", "extract/M2", "extract/M3"], InState(board, StepState.Miss));
        isFull = false;
        await coordinator.EndAsync(board);
        Assert.Equal(RunState.Succeeded, board.Run.State);
    }

    [Fact]
    public async Task A_job_whose_worker_dies_is_started_again()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (recipe, step) => recipe is TrainRecipe { Start: RandomStart } && step == 2400 ? release.Task : Task.CompletedTask };
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        await coordinator.UntilAsync(() => Status(board, "pretrain/M2").State == StepState.Succeeded);

        world.Kill(_demo.DigestOf("pretrain"));
        await coordinator.UntilAsync(() => world.ExecutedDigests.Count(digest => digest == _demo.DigestOf("pretrain")) == 2);
        release.SetResult();
        await coordinator.EndAsync(board);

        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.All(board.Plan.Steps, step => Assert.Equal(_demo.Artifact(step.Id), board[step].Artifact));
    }

    [Fact]
    public async Task A_silent_worker_is_tried_again_until_patience_ends()
    {
        var attempts = 0;
        var world = new FakeWorld
        {
            FailStart = recipe => Is(recipe, _given, "merge/M2+M1") && Interlocked.Increment(ref attempts) > 0
                ? new FaultException(FaultKind.Unavailable, "Nobody listens.")
                : null,
        };
        await using var coordinator = new TestCoordinator(world, options => options.GiveUpAfter = TimeSpan.FromMinutes(10));

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(["merge/M2+M1"], InState(board, StepState.Failed));
        Assert.Equal(new StepError("Unavailable", "Nobody listens."), Status(board, "merge/M2+M1").Error);

        // 0.5 + 1 + 2 + 4 + 8 + 16 s, then every 30 s.
        Assert.InRange(attempts, 15, 30);
        Assert.InRange(board.Run.Ended!.Value - board.Run.Started, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task A_bug_fails_its_step_and_no_other()
    {
        var world = new FakeWorld { FailStart = recipe => Is(recipe, _given, "merge/M2+M1") ? throw new InvalidOperationException("Oops.") : null };
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(["merge/M2+M1"], InState(board, StepState.Failed));
        Assert.Equal("Internal", Status(board, "merge/M2+M1").Error?.Kind);
    }

    [Fact]
    public async Task A_store_that_answers_late_is_waited_for()
    {
        var silent = 0;
        var world = new FakeWorld
        {
            FailLookUp = () => Interlocked.Increment(ref silent) <= 6 ? new FaultException(FaultKind.Unavailable, "Nobody listens.") : null,
        };
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(RunState.Succeeded, board.Run.State);
    }

    [Fact]
    public async Task A_store_that_is_broken_fails_the_run_with_the_reason()
    {
        var world = new FakeWorld { FailLookUp = () => FaultException.Corrupt("The index is damaged.") };
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(RunState.Failed, board.Run.State);
        Assert.All(board.Plan.Steps, step => Assert.Equal(new StepError("Corrupt", "The index is damaged."), board[step].Error));
    }

    [Fact]
    public async Task A_failed_run_goes_on_when_it_is_started_again()
    {
        var world = new FakeWorld { FailJob = recipe => Is(recipe, _given, "extract/M1") ? FaultException.Precondition("Not today.") : null };
        await using var coordinator = new TestCoordinator(world);
        await coordinator.RunAsync(DemoSpec.Given(3));
        var executed = world.Executed.Count;
        world.FailJob = _ => null;

        var board = await coordinator.RunAsync(DemoSpec.Given(3));

        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.Equal(1 + 4, world.Executed.Count - executed);
    }

    private static bool Is(Recipe recipe, Made made, string id) => RecipeCodec.DigestOf(recipe) == made.DigestOf(id);

    private static string[] InState(RunBoard board, StepState state) =>
        [.. board.Plan.Steps.Where(step => board[step].State == state).Select(step => step.Id).Order(StringComparer.Ordinal)];

    private static StepStatus Status(RunBoard board, string id) => board[board.Plan.Steps.Single(step => step.Id == id)];
}
