using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Coordinator.Run;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class RunEngineTests
{
    private static readonly Made _demo = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Fact]
    public async Task A_run_makes_every_artifact_and_executes_no_recipe_twice()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.All(board.Plan.Steps, step => Assert.Equal(_demo.Artifact(step.Id), board[step].Artifact));
        Assert.All(board.Plan.Steps, step => Assert.Equal(_demo.DigestOf(step.Id), board[step].Recipe));
        Assert.Equal(coordinator.World.ExecutedDigests.Distinct(), coordinator.World.ExecutedDigests);
        Assert.DoesNotContain(coordinator.World.Executed, recipe => recipe is CheckpointRecipe);
    }

    [Fact]
    public async Task Steps_with_one_recipe_share_its_job()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(Status(board, "continual/M2+M1@240").Artifact, Status(board, "recurrent/M2@240").Artifact);
        Assert.Single(coordinator.World.ExecutedDigests, _demo.DigestOf("merge/M2+rec"));
        Assert.Single(coordinator.World.ExecutedDigests, _demo.DigestOf("recurrent/M2"));
        Assert.Single(coordinator.World.ExecutedDigests, _demo.DigestOf("evaluate/recurrent/M2@40/facts"));
    }

    [Fact]
    public async Task Artifacts_get_their_names()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(board.Plan.Steps.Sum(step => step.Names.Count), coordinator.World.Names.Count);
        Assert.Equal(_demo.Artifact("pretrain/M1"), coordinator.World.Names["demo/M1"]);
        Assert.Equal(_demo.Artifact("finetune/M1@240"), coordinator.World.Names["demo/M1-FT"]);
        Assert.Equal(_demo.Artifact("merge/M2+M1"), coordinator.World.Names["demo/M2+M1"]);
        Assert.Equal(_demo.Artifact("recurrent/M5@40"), coordinator.World.Names["demo/M5+rec-CT/40"]);
    }

    [Fact]
    public async Task A_second_run_is_all_hits_and_does_nothing()
    {
        var world = new FakeWorld();
        await using var coordinator = new TestCoordinator(world);
        await coordinator.RunAsync(DemoSpec.Yaml);
        var (executed, named) = (world.Executed.Count, world.NamesSet);

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.All(board.Plan.Steps, step => Assert.Equal(StepState.Hit, board[step].State));
        Assert.Equal((executed, named), (world.Executed.Count, world.NamesSet));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task No_more_jobs_run_than_the_bound_allows(int bound)
    {
        var world = new FakeWorld { Hold = async (_, _) => await Task.Yield() };
        await using var coordinator = new TestCoordinator(world, options => options.MaxConcurrentJobs = bound);

        await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(bound, world.MostRunning);
    }

    [Fact]
    public async Task The_longest_path_goes_first()
    {
        var world = new FakeWorld();
        await using var coordinator = new TestCoordinator(world, options => options.MaxConcurrentJobs = 1);

        await coordinator.RunAsync(DemoSpec.Given(3));

        // Evaluations of the given checkpoints were ready first, but nothing waits for them.
        Assert.All(world.Executed.Take(3), recipe => Assert.IsType<ExtractRecipe>(recipe));
        Assert.Equal(6, world.Executed.Skip(3).Take(12).Count(recipe => recipe is MergeRecipe));
        Assert.Equal(3 + 6 + 12, world.Executed.Count);
    }

    [Fact]
    public async Task What_needs_an_early_checkpoint_starts_while_training_goes_on()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (recipe, step) => recipe is TrainRecipe { Start: RandomStart } && step == 1800 ? release.Task : Task.CompletedTask };
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        await coordinator.UntilAsync(() => Status(board, "evaluate/ft/M1@240/facts").State == StepState.Succeeded);

        Assert.Equal(StepState.Running, Status(board, "pretrain").State);
        Assert.Equal(StepState.Succeeded, Status(board, "pretrain/M1").State);
        Assert.Equal(StepState.Miss, Status(board, "pretrain/M2").State);
        Assert.Equal(StepState.Waiting, Status(board, "finetune/M2").State);
        release.SetResult();
        await coordinator.EndAsync(board);
        Assert.Equal(RunState.Succeeded, board.Run.State);
    }

    [Fact]
    public async Task Training_whose_checkpoints_exist_without_its_log_runs_again()
    {
        var world = Done(_demo, except: ["finetune/M1"]);
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal([_demo.DigestOf("finetune/M1")], world.ExecutedDigests);
        Assert.Equal(StepState.Succeeded, Status(board, "finetune/M1").State);
        Assert.Equal(StepState.Hit, Status(board, "finetune/M1@240").State);
    }

    [Fact]
    public async Task A_checkpoint_that_is_gone_though_its_training_is_recorded_fails()
    {
        var world = Done(_demo, except: ["finetune/M1@40"]);
        await using var coordinator = new TestCoordinator(world);

        var board = await coordinator.RunAsync(DemoSpec.Yaml);

        Assert.Equal(RunState.Failed, board.Run.State);
        Assert.Equal(nameof(FaultKind.NotFound), Status(board, "finetune/M1@40").Error?.Kind);
        Assert.Equal(StepState.Blocked, Status(board, "evaluate/ft/M1@40/facts").State);
        Assert.Equal(StepState.Hit, Status(board, "evaluate/ft/M1@80/facts").State);
    }

    [Fact]
    public async Task Progress_of_a_job_shows_in_its_step()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (_, _) => release.Task };
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        await coordinator.UntilAsync(() => world.IsRunning(_demo.DigestOf("pretrain")));
        var progress = new JobProgress(7, 3200, "steps", new Dictionary<string, double> { ["loss"] = 5.5 }, TimeSpan.FromMinutes(2));

        world.Report(_demo.DigestOf("pretrain"), progress);
        await coordinator.UntilAsync(() => Status(board, "pretrain").Progress is not null);

        Assert.Equal(progress, Status(board, "pretrain").Progress);
        release.SetResult();
        await coordinator.EndAsync(board);
    }

    [Fact]
    public async Task Times_of_executed_steps_are_kept()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (recipe, _) => recipe is TrainRecipe { Start: RandomStart } ? release.Task : Task.CompletedTask };
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(DemoSpec.Yaml);
        await coordinator.UntilAsync(() => Status(board, "pretrain").Started is not null);

        coordinator.Time.Advance(TimeSpan.FromMinutes(10));
        release.SetResult();
        await coordinator.EndAsync(board);

        Assert.InRange(Status(board, "pretrain").Elapsed!.Value, TimeSpan.FromMinutes(10), TimeSpan.FromHours(10));
        Assert.Equal(Status(board, "pretrain").Elapsed, world.Stored(board.Run.Id).Outcomes["pretrain"].Elapsed);
        Assert.Null(Status(board, "pretrain/M1").Elapsed);
    }

    [Fact]
    public async Task A_plan_says_what_would_run_and_runs_nothing()
    {
        var world = Done(_demo, only: ["pretrain", "pretrain/M1", "pretrain/M2", "pretrain/M3", "pretrain/M4", "pretrain/M5", "evaluate/pt/M1/facts"]);
        await using var coordinator = new TestCoordinator(world);

        var board = (await coordinator.PlanAsync(DemoSpec.Yaml)).Board;

        Assert.Equal(StepState.Hit, Status(board, "pretrain").State);
        Assert.Equal(StepState.Hit, Status(board, "evaluate/pt/M1/facts").State);
        Assert.Equal(StepState.Miss, Status(board, "evaluate/pt/M2/facts").State);
        Assert.Equal(StepState.Miss, Status(board, "finetune/M1@40").State);
        Assert.Equal(_demo.DigestOf("finetune/M1"), Status(board, "finetune/M1").Recipe);
        Assert.Equal(StepState.Miss, Status(board, "merge/M2+M1").State);
        Assert.Null(Status(board, "merge/M2+M1").Recipe);
        Assert.Empty(world.Executed);
        Assert.Empty(await world.LoadAllAsync(CancellationToken.None));
    }

    private static StepStatus Status(RunBoard board, string id) => board[board.Plan.Steps.Single(step => step.Id == id)];

    private static FakeWorld Done(Made made, string[]? only = null, string[]? except = null)
    {
        var world = new FakeWorld();
        foreach (var step in DemoSpec.PlanOf(DemoSpec.Yaml).Steps)
        {
            if (only?.Contains(step.Id) ?? except?.Contains(step.Id) != true)
            {
                world.Results[made.DigestOf(step.Id)] = made.Artifact(step.Id);
            }
        }

        return world;
    }
}
