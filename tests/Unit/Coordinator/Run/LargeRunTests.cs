using System.Diagnostics;
using Graft.Coordinator.Rpc;
using Graft.Coordinator.Run;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class LargeRunTests
{
    // 3 x 50 given checkpoints' steps, and 2 x 2450 merges, evaluated.
    private const int Steps = 150 + (4 * 2450);

    [Fact]
    public async Task A_plan_of_ten_thousand_steps_comes_in_messages_of_less_than_four_megabytes()
    {
        await using var coordinator = new TestCoordinator(new FakeWorld());

        var parts = PlanCodec.ToProto(await coordinator.PlanAsync(DemoSpec.Given(50, "[1, 0.5]")), 4_000).ToList();

        Assert.Equal((0, Steps, Steps), (parts[0].Run.Steps.Count, parts[0].Run.StepCount, parts[0].Totals.Misses));
        Assert.Equal(Steps, parts.Sum(part => part.Run.Steps.Count));
        Assert.All(parts, part => Assert.InRange(part.CalculateSize(), 1, 4 << 20));
        Assert.All(parts.SelectMany(part => part.Run.Steps), step => Assert.NotNull(step.Cost));
    }

    [Fact]
    public async Task A_run_of_ten_thousand_hits_takes_seconds_and_few_calls()
    {
        var yaml = DemoSpec.Given(50, "[1, 0.5]");
        var world = new FakeWorld();
        var plan = DemoSpec.PlanOf(yaml);
        var made = new Made(plan);
        foreach (var step in plan.Steps)
        {
            world.Results[made.DigestOf(step.Id)] = made.Artifact(step.Id);
        }

        await using var coordinator = new TestCoordinator(world);
        var clock = Stopwatch.StartNew();
        var board = await coordinator.RunAsync(yaml);
        clock.Stop();

        Assert.Equal(Steps, board.Plan.Steps.Count);
        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.Empty(world.Executed);
        Assert.Equal(3, world.LookUps);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }
}
