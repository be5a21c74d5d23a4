using Graft.Artifacts.Rpc;
using Graft.Coordinator.Run;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public class ChaosTests
{
    private static readonly Made _demo = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_dies_during_a_run_its_artifacts_are_the_same(int seed)
    {
        var random = new Random(seed);
        var world = new FakeWorld { Hold = async (_, _) => await Task.Yield() };
        var coordinator = new TestCoordinator(world);
        var id = (await coordinator.StartAsync(DemoSpec.Yaml)).Run.Id;
        for (var death = 0; death < 20; death++)
        {
            var executed = world.Executed.Count + random.Next(1, 15);
            await coordinator.UntilAsync(() => world.Executed.Count >= executed || world.Stored(id).State != RunState.Running);
            if (death % 4 == 3)
            {
                await coordinator.DisposeAsync();
                coordinator = new TestCoordinator(world);
                await coordinator.StartProcessAsync();
            }
            else
            {
                world.Kill(RecipeCodec.DigestOf(world.Executed.Last()));
            }
        }

        await coordinator.UntilAsync(() => world.Stored(id).State != RunState.Running);

        var board = await coordinator.Runs.GetAsync(id, CancellationToken.None);
        Assert.Equal(RunState.Succeeded, board.Run.State);
        Assert.All(board.Plan.Steps, step => Assert.Equal(_demo.Artifact(step.Id), board[step].Artifact));
        Assert.Equal(board.Plan.Steps.Sum(step => step.Names.Count), world.Names.Count);
        await coordinator.DisposeAsync();
    }
}
