using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Run;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run.Costs;

public class PlanningTests
{
    private const string Yaml = """
        name: costly
        trajectory: {M1: ./M1, M2: ./M2}
        finetune:
          recipe: {data: ./train.jsonl, layout: padded, mask: completion, steps: 10, every: 5, batch: 4, length: 8, schedule: {shape: constant, peak: 1e-4}}
        tasks: {gsm: {requests: ./gsm.jsonl, metric: bits_per_byte}}
        experiments: {matrix: {direction: forward}}
        """;

    [Fact]
    public async Task A_step_whose_worker_is_away_is_blocked_with_all_that_needs_it_and_nothing_else()
    {
        var world = new FakeWorld { Absence = recipe => recipe is TrainRecipe ? new FaultException(FaultKind.Unavailable, "No trainer answers.") : null };
        await using var coordinator = new TestCoordinator(world);

        var plan = await coordinator.PlanAsync(Yaml);

        Assert.Equal(("Unavailable", "No trainer answers."), (Status(plan, "finetune/M1").Error!.Kind, Status(plan, "finetune/M1").Error!.Message));
        Assert.Equal("It needs finetune/M1, which is blocked.", Status(plan, "finetune/M1@10").Error!.Message);
        Assert.Equal("It needs extract/M1, which is blocked.", Status(plan, "merge/M2+M1").Error!.Message);
        Assert.Equal(StepState.Miss, Status(plan, "evaluate/pt/M1/gsm").State);
        Assert.Equal((0, 2, 13), (plan.Totals.Hits, plan.Totals.Misses, plan.Totals.Blocked));
        Assert.Equal(2, plan.Costs.Count);
        Assert.Empty(world.Executed);
    }

    [Fact]
    public async Task What_stands_against_a_merge_is_known_before_it_is_made()
    {
        var world = new FakeWorld { Obstacle = _ => FaultException.Precondition("The shapes differ.") };
        await using var coordinator = new TestCoordinator(world);
        var yaml = DemoSpec.Given(2);
        var made = new Made(DemoSpec.PlanOf(yaml));
        foreach (var id in new[] { "extract/M1", "extract/M2" })
        {
            world.Results[made.DigestOf(id)] = made.Artifact(id);
        }

        var plan = await coordinator.PlanAsync(yaml);

        Assert.Equal("The shapes differ.", Status(plan, "merge/M2+M1").Error!.Message);
        Assert.Equal(StepState.Blocked, Status(plan, "evaluate/merge/M2+M1/gsm").State);
        Assert.Equal(StepState.Miss, Status(plan, "evaluate/pt/M1/gsm").State);
    }

    [Fact]
    public async Task Bytes_and_times_follow_from_sizes_and_the_jobs_of_earlier_runs()
    {
        var world = new FakeWorld();
        foreach (var model in new[] { "./M1", "./M2" })
        {
            world.Sizes[DemoSpec.InputOf(model)] = new ArtifactSize(2000, 1000, 2000);
        }

        world.Sizes[DemoSpec.InputOf("./train.jsonl")] = new ArtifactSize(300, 0, 300);
        world.Sizes[DemoSpec.InputOf("./gsm.jsonl")] = new ArtifactSize(50, 0, 50);
        // A training of 1000 parameters and 320 tokens took 32 seconds, an evaluation 5.
        await world.SaveAsync(
            new StoredRun
            {
                Id = "0123456789abcdef",
                Name = "before",
                Yaml = "",
                Inputs = new Dictionary<string, Graft.Artifacts.Digest>(),
                State = RunState.Succeeded,
                Started = DateTimeOffset.UnixEpoch,
                Outcomes = new Dictionary<string, StepOutcome>
                {
                    ["finetune/M1"] = new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(32), null) { Kind = "train", Task = "", Work = 320_000 },
                    ["evaluate/x"] = new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(5), null) { Kind = "evaluate", Task = "", Work = 50_000 },
                },
            },
            CancellationToken.None);
        await using var coordinator = new TestCoordinator(world, options => options.MaxConcurrentJobs = 2);

        var plan = await coordinator.PlanAsync(Yaml);

        Assert.Equal(new StepCost(2300, 1200, TimeSpan.FromSeconds(32)), Cost(plan, "finetune/M1"));
        // A checkpoint is kept in fp32: four bytes a parameter.
        Assert.Equal(new StepCost(0, 4000, null), Cost(plan, "finetune/M1@5"));
        Assert.Equal(new StepCost(4050, 50, TimeSpan.FromSeconds(5)), Cost(plan, "evaluate/ft/M1@5/gsm"));
        Assert.Equal(new StepCost(6000, 0, null), Cost(plan, "extract/M1"));
        Assert.Equal(new StepCost(8000, 2000, null), Cost(plan, "merge/M2+M1"));
        // Two trainings and seven evaluations; two jobs at once. The longest path is a training and two evaluations' worth less.
        Assert.Equal(TimeSpan.FromSeconds(64 + 35), plan.Totals.Work);
        Assert.Equal(TimeSpan.FromSeconds(49.5), plan.Totals.Duration);
        Assert.Equal(2, plan.Totals.Unmeasured);
    }

    [Fact]
    public async Task A_run_measures_its_jobs_and_a_training_that_went_on_counts_what_it_did_here()
    {
        var half = new TaskCompletionSource();
        var seen = new TaskCompletionSource();
        var world = new FakeWorld();
        world.Hold = async (recipe, step) =>
        {
            if (recipe is TrainRecipe && step == 10)
            {
                seen.TrySetResult();
                await half.Task;
            }
        };
        world.Sizes[DemoSpec.InputOf("./M1")] = new ArtifactSize(2000, 1000, 2000);
        world.Sizes[DemoSpec.InputOf("./M2")] = new ArtifactSize(2000, 1000, 2000);
        world.Sizes[DemoSpec.InputOf("./train.jsonl")] = new ArtifactSize(300, 0, 300);
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(Yaml);
        var training = new Made(DemoSpec.PlanOf(Yaml)).DigestOf("finetune/M1");
        // The other training may be held first, before this one runs.
        await coordinator.UntilAsync(() => seen.Task.IsCompleted && world.IsRunning(training));
        world.Report(training, new JobProgress(4, 10, "steps", new Dictionary<string, double>(), null));
        await coordinator.UntilAsync(() => board[board.Plan.Steps.Single(step => step.Id == "finetune/M1")].Progress is not null);
        half.SetResult();
        await coordinator.EndAsync(board);

        var outcomes = world.Stored(board.Run.Id).Outcomes;

        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.Equal(("train", 0.6 * 320_000), (outcomes["finetune/M1"].Kind, outcomes["finetune/M1"].Work!.Value));
        Assert.Equal(("train", 320_000.0), (outcomes["finetune/M2"].Kind, outcomes["finetune/M2"].Work!.Value));
    }

    private static PlanStep Step(PlannedRun plan, string id) => plan.Board.Plan.Steps.Single(step => step.Id == id);

    private static StepStatus Status(PlannedRun plan, string id) => plan.Board[Step(plan, id)];

    private static StepCost Cost(PlannedRun plan, string id) => plan.Costs[Step(plan, id)];
}
