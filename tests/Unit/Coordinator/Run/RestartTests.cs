using Graft.Artifacts.Recipes;
using Graft.Coordinator.Run;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class RestartTests
{
    private static readonly Made _demo = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Fact]
    public async Task A_restarted_coordinator_goes_on_by_itself()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (recipe, step) => recipe is TrainRecipe { Start: RandomStart } && step == 1800 ? release.Task : Task.CompletedTask };
        var first = new TestCoordinator(world);
        var board = await first.StartAsync(DemoSpec.Yaml);
        await first.UntilAsync(() => world.Results.ContainsKey(_demo.DigestOf("evaluate/ft/M1@240/facts")));
        await first.DisposeAsync();
        Assert.Equal(RunState.Running, world.Stored(board.Run.Id).State);
        Assert.Empty(world.Cancelled);
        release.SetResult();

        await using var second = new TestCoordinator(world);
        await second.StartProcessAsync();
        await second.UntilAsync(() => world.Stored(board.Run.Id).State != RunState.Running);

        Assert.Equal(RunState.Succeeded, world.Stored(board.Run.Id).State);
        Assert.Equal(world.ExecutedDigests.Distinct(), world.ExecutedDigests);
        var resumed = await second.Runs.GetAsync(board.Run.Id, CancellationToken.None);
        Assert.Equal(board.Run.Started, resumed.Run.Started);
        Assert.All(resumed.Plan.Steps, step => Assert.Equal(_demo.Artifact(step.Id), resumed[step].Artifact));
    }

    [Fact]
    public async Task What_was_measured_is_written_down_while_the_run_goes_on()
    {
        var release = new TaskCompletionSource();
        var world = new FakeWorld { Hold = (recipe, step) => recipe is TrainRecipe { Start: RandomStart } && step == 1800 ? release.Task : Task.CompletedTask };
        await using var coordinator = new TestCoordinator(world, options => options.SaveInterval = TimeSpan.Zero);
        var board = await coordinator.StartAsync(DemoSpec.Yaml);

        await coordinator.UntilAsync(() => world.Stored(board.Run.Id).Outcomes.ContainsKey("finetune/M1"));

        Assert.Equal(RunState.Running, world.Stored(board.Run.Id).State);
        Assert.NotNull(world.Stored(board.Run.Id).Outcomes["finetune/M1"].Elapsed);
        release.SetResult();
        await coordinator.EndAsync(board);
        Assert.Equal(RunState.Succeeded, world.Stored(board.Run.Id).State);
    }

    [Fact]
    public async Task A_run_that_begins_and_ends_while_interrupted_ones_are_found_is_none_of_them()
    {
        var (release, found) = (new TaskCompletionSource(), new TaskCompletionSource());
        var world = new FakeWorld { Hold = (_, _) => release.Task, HoldRuns = found.Task };
        await using var coordinator = new TestCoordinator(world);
        var board = await coordinator.StartAsync(DemoSpec.Given(2));
        await coordinator.StartProcessAsync();
        release.SetResult();
        await coordinator.EndAsync(board);
        var ended = world.Stored(board.Run.Id);

        found.SetResult();
        await coordinator.UntilAsync(() => coordinator.HasResumed);

        Assert.Equal(RunState.Succeeded, ended.State);
        Assert.Same(ended, world.Stored(board.Run.Id));
        Assert.Same(board, await coordinator.Runs.GetAsync(board.Run.Id, CancellationToken.None));
    }

    [Fact]
    public async Task An_embedded_coordinator_leaves_interrupted_runs_alone_until_they_are_started()
    {
        var world = new FakeWorld { Hold = (_, _) => new TaskCompletionSource().Task };
        var first = new TestCoordinator(world);
        var board = await first.StartAsync(DemoSpec.Given(2));
        await first.DisposeAsync();

        await using var second = new TestCoordinator(world, options => options.ResumeRuns = false);
        await second.StartProcessAsync();
        var found = await second.Runs.GetAsync(board.Run.Id, CancellationToken.None);
        var fault = await Assert.ThrowsAsync<FaultException>(() => second.Runs.FindToWatchAsync(board.Run.Id, CancellationToken.None));

        Assert.Equal(RunState.Running, found.Run.State);
        Assert.Equal(FaultKind.Precondition, fault.Kind);
    }

    [Fact]
    public async Task A_watch_that_is_opened_while_the_run_begins_to_go_on_sees_its_end()
    {
        var (release, read) = (new TaskCompletionSource(), new TaskCompletionSource());
        var world = new FakeWorld { Hold = (_, _) => release.Task };
        var first = new TestCoordinator(world);
        var board = await first.StartAsync(DemoSpec.Given(2));
        await first.DisposeAsync();

        await using var second = new TestCoordinator(world);
        world.HoldRun = read.Task;
        var opened = second.Runs.FindToWatchAsync(board.Run.Id, CancellationToken.None);
        await second.StartProcessAsync();
        await second.UntilAsync(() => second.HasResumed);
        read.SetResult();
        var watched = await opened;
        release.SetResult();
        await second.EndAsync(watched);

        Assert.Equal(RunState.Succeeded, watched.Run.State);
        Assert.Same(watched, await second.Runs.GetAsync(board.Run.Id, CancellationToken.None));
    }

    [Fact]
    public async Task An_interrupted_run_can_be_cancelled()
    {
        var world = new FakeWorld { Hold = (_, _) => new TaskCompletionSource().Task };
        var first = new TestCoordinator(world);
        var board = await first.StartAsync(DemoSpec.Given(2));
        await first.DisposeAsync();

        await using var second = new TestCoordinator(world, options => options.ResumeRuns = false);
        var cancelled = await second.Runs.CancelAsync(board.Run.Id, CancellationToken.None);

        Assert.Equal(RunState.Cancelled, cancelled.Run.State);
        Assert.Equal(RunState.Cancelled, world.Stored(board.Run.Id).State);
    }

    [Fact]
    public async Task Ended_runs_are_read_from_the_store()
    {
        var given = new Made(DemoSpec.PlanOf(DemoSpec.Given(3)));
        var world = new FakeWorld { FailJob = recipe => recipe is ExtractRecipe extract && extract.Pretrained == DemoSpec.InputOf("./M1") ? FaultException.Invalid("No.") : null };
        var first = new TestCoordinator(world);
        var ended = await first.RunAsync(DemoSpec.Given(3));
        await first.DisposeAsync();

        await using var second = new TestCoordinator(world);
        var read = await second.Runs.GetAsync(ended.Run.Id, CancellationToken.None);

        Assert.Equal(ended.Run, read.Run);
        Assert.All(ended.Plan.Steps, step => Assert.Equal(
            (ended[step].State, ended[step].Artifact, ended[step].Error, ended[step].Elapsed),
            (read[step].State, read[step].Artifact, read[step].Error, read[step].Elapsed)));
        Assert.Equal(given.Artifact("extract/M2"), read[read.Plan.Steps.Single(step => step.Id == "extract/M2")].Artifact);
    }

    [Fact]
    public async Task Starting_a_running_run_attaches_to_it()
    {
        var release = new TaskCompletionSource();
        await using var coordinator = new TestCoordinator(new FakeWorld { Hold = (_, _) => release.Task });

        var one = await coordinator.StartAsync(DemoSpec.Yaml);
        var two = await coordinator.StartAsync(DemoSpec.Yaml);

        Assert.Same(one, two);
        release.SetResult();
        await coordinator.EndAsync(one);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_in_pages()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());
        for (var i = 0; i < 3; i++)
        {
            coordinator.Time.Advance(TimeSpan.FromMinutes(1));
            await coordinator.RunAsync(DemoSpec.Given(2).Replace("name: given", $"name: run{i}", StringComparison.Ordinal));
        }

        var (first, next) = await coordinator.Runs.ListAsync(2, "", CancellationToken.None);
        var (rest, none) = await coordinator.Runs.ListAsync(2, next, CancellationToken.None);

        Assert.Equal(["run2", "run1"], first.Select(run => run.Name));
        Assert.Equal(["run0"], rest.Select(run => run.Name));
        Assert.Equal("", none);
        Assert.Equal(FaultKind.Invalid, (await Assert.ThrowsAsync<FaultException>(() => coordinator.Runs.ListAsync(-1, "", CancellationToken.None))).Kind);
        Assert.Equal(FaultKind.Invalid, (await Assert.ThrowsAsync<FaultException>(() => coordinator.Runs.ListAsync(1, "x", CancellationToken.None))).Kind);
    }

    [Fact]
    public void The_id_of_a_run_follows_from_its_spec_and_inputs()
    {
        var inputs = DemoSpec.InputsOf(RunSpec.Parse(DemoSpec.Yaml));
        var reversed = inputs.Reverse().ToDictionary();
        var other = inputs.ToDictionary();
        other["./facts.jsonl"] = DemoSpec.InputOf("another file");

        var id = StoredRun.IdOf(DemoSpec.Yaml, inputs);

        Assert.Matches("^[0-9a-f]{16}$", id);
        Assert.Equal(id, StoredRun.IdOf(DemoSpec.Yaml, reversed));
        Assert.NotEqual(id, StoredRun.IdOf(DemoSpec.Yaml, other));
        Assert.NotEqual(id, StoredRun.IdOf(DemoSpec.Yaml + "\n", inputs));
    }

    [Fact]
    public async Task References_that_stand_for_nothing_useful_are_all_refused()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());
        const string Spec = """
            name: x
            trajectory:
              M1: ./local
              M2: missing
              M3: gsm-dataset
            """;

        var fault = await Assert.ThrowsAsync<FaultException>(() => coordinator.Runs.StartAsync(Spec, new Dictionary<string, Graft.Artifacts.Digest>(), CancellationToken.None));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("line 3, column 7: trajectory.M1 is the local path './local'; import it first", fault.Message, StringComparison.Ordinal);
        Assert.Contains("line 4, column 7: trajectory.M2: There is nothing called 'missing'.", fault.Message, StringComparison.Ordinal);
        Assert.Contains("line 5, column 7: trajectory.M3 must be a Checkpoint, but 'gsm-dataset' is a Dataset", fault.Message, StringComparison.Ordinal);
    }
}
