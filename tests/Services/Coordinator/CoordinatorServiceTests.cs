using System.Diagnostics;
using Graft.Coordinator;
using Graft.Coordinator.Run;
using Graft.Faults;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Services.Coordinator;

/// <summary>The coordinator over gRPC; what it needs of the other services is an <see cref="InstantWorld"/>.</summary>
public class CoordinatorServiceTests
{
    private const string Yaml = """
        name: served
        trajectory: {M1: M1, M2: ./M2}
        finetune: {given: {M1: M1-FT, M2: M2-FT}}
        tasks: {gsm: {requests: gsm.jsonl, metric: bits_per_byte}}
        experiments: {matrix: {direction: both, scales: [1, 0.5]}}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_started_watched_and_listed()
    {
        await using var host = await StartAsync(new InstantWorld());

        var started = await host.Client.Coordinator.StartAsync(Spec(Yaml), Token);
        var ended = await host.Client.Coordinator.WatchAsync(started.Id, Token).LastAsync(Token);
        var listed = await host.Client.Coordinator.ListAsync(Token).SingleAsync(Token);

        Assert.Matches("^[0-9a-f]{16}$", started.Id);
        Assert.Equal(("served", V1.RunState.Succeeded), (ended.Name, ended.State));
        Assert.Equal(Yaml, ended.Spec.Yaml);
        Assert.Equal(["./M2", "M1", "M1-FT", "M2-FT", "gsm.jsonl"], ended.Spec.Inputs.Select(input => input.Reference));
        Assert.Equal(4 + 2 + 4 + 4, ended.Steps.Count);
        Assert.All(ended.Steps, step => Assert.Equal(V1.StepState.Succeeded, step.State));
        Assert.Equal((started.Id, V1.RunState.Succeeded, 0), (listed.Id, listed.State, listed.Steps.Count));
        Assert.NotNull(listed.Ended);
    }

    [Fact]
    public async Task Steps_tell_what_they_are()
    {
        await using var host = await StartAsync(new InstantWorld());
        var started = await host.Client.Coordinator.StartAsync(Spec(Yaml), Token);

        var run = await host.Client.Coordinator.WatchAsync(started.Id, Token).LastAsync(Token);

        var merge = run.Steps.Single(step => step.Id == "merge/M2+M1@0.5");
        Assert.Equal(("merge", 64, 64), (merge.Kind, merge.Recipe.Length, merge.Artifact.Length));
        Assert.Equal(["extract/M1"], merge.Needs);
        Assert.Null(merge.Cell);
        Assert.Equal(("tensors", 0.5), (merge.Progress.Unit, merge.Progress.Metrics.Single(metric => metric.Name == "norm").Value));
        Assert.NotNull(merge.Elapsed);
        var evaluation = run.Steps.Single(step => step.Id == "evaluate/merge/M2+M1@0.5/gsm");
        Assert.Equal(new V1.Cell { Experiment = "merge", Base = "M2", Source = "M1", Scale = 0.5 }, evaluation.Cell);
        Assert.Equal(("evaluate", "gsm"), (evaluation.Kind, evaluation.Task));
    }

    [Fact]
    public async Task A_plan_starts_nothing()
    {
        await using var host = await StartAsync(new InstantWorld());

        var answer = await host.Client.Coordinator.PlanAsync(Spec(Yaml), Token);
        var plan = answer.Run;

        Assert.Equal(V1.RunState.Unspecified, plan.State);
        Assert.Equal(V1.StepState.Miss, plan.Steps.Single(step => step.Id == "extract/M1").State);
        Assert.Equal(V1.StepState.Miss, plan.Steps.Single(step => step.Id == "merge/M2+M1").State);
        Assert.Empty(await host.Client.Coordinator.ListAsync(Token).ToListAsync(Token));
        Assert.Equal(FaultKind.NotFound, (await Assert.ThrowsAsync<FaultException>(() => host.Client.Coordinator.GetAsync(plan.Id, Token))).Kind);
    }

    [Fact]
    public async Task A_run_is_cancelled_with_its_jobs()
    {
        var world = new InstantWorld { Hold = new TaskCompletionSource().Task };
        await using var host = await StartAsync(world);
        var started = await host.Client.Coordinator.StartAsync(Spec(Yaml), Token);
        await host.Client.Coordinator.WatchAsync(started.Id, Token).FirstAsync(run => run.Steps.Any(step => step.State == V1.StepState.Running), Token);

        var cancelled = await host.Client.Coordinator.CancelAsync(started.Id, Token);
        var again = await host.Client.Coordinator.CancelAsync(started.Id, Token);

        Assert.Equal(V1.RunState.Cancelled, cancelled.State);
        Assert.Equal(cancelled, again);
        Assert.NotEmpty(world.Cancelled);
    }

    [Fact]
    public async Task Mistakes_of_a_spec_come_back_to_the_caller()
    {
        await using var host = await StartAsync(new InstantWorld());

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Coordinator.StartAsync(Spec("name: x\ntrajektory: {M1: a}"), Token));
        var missing = await Assert.ThrowsAsync<FaultException>(() => host.Client.Coordinator.StartAsync(new V1.RunSpec { Yaml = Yaml }, Token));
        var malformed = await Assert.ThrowsAsync<FaultException>(() => host.Client.Coordinator.GetAsync("nonsense", Token));

        Assert.Equal((FaultKind.Invalid, "spec.yaml"), (fault.Kind, fault.Field));
        Assert.Contains("line 2, column 1: unknown key 'trajektory'; did you mean 'trajectory'?", fault.Message, StringComparison.Ordinal);
        Assert.Contains("trajectory.M2 is the local path './M2'; import it first", missing.Message, StringComparison.Ordinal);
        Assert.Equal((FaultKind.Invalid, "id"), (malformed.Kind, malformed.Field));
    }

    [Fact]
    public async Task A_watcher_does_not_keep_the_host_from_stopping()
    {
        var host = await StartAsync(new InstantWorld { Hold = new TaskCompletionSource().Task });
        var started = await host.Client.Coordinator.StartAsync(Spec(Yaml), Token);
        await using var watch = host.Client.Coordinator.WatchAsync(started.Id, Token).GetAsyncEnumerator(Token);
        await watch.MoveNextAsync();

        var clock = Stopwatch.StartNew();
        await host.App.StopAsync(Token);

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        await host.DisposeAsync();
    }

    private static Task<TestHost> StartAsync(InstantWorld world) => TestHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<IWorld>(world);
            builder.AddCoordinator();
        },
        app => app.MapCoordinator());

    private static V1.RunSpec Spec(string yaml) => new()
    {
        Yaml = yaml,
        Inputs = { new V1.Input { Reference = "./M2", Artifact = InstantWorld.Artifact("M2").ToString() } },
    };
}
