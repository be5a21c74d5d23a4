using Xunit;

namespace Graft.Tests.EndToEnd.Cluster;

/// <summary>
/// A study over six processes that are killed, cut off or replaced one at a time; what it makes must equal what it makes undisturbed, bit
/// for bit. GRAFT_CHAOS_KILLS=50 kills more often than the suite has time for, GRAFT_CHAOS_SEED draws others.
/// </summary>
public class ChaosTests(SmallStudy study) : IClassFixture<SmallStudy>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_or_cut_off_the_results_are_those_of_an_undisturbed_run()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = ServiceCluster.OnFolder(folder["killed"]);
        var run = await SmallStudy.StartAsync(cluster);

        await new Havoc(cluster, seed: 1) { Kills = 20, Resets = 5 }.DealAsync(run);

        Assert.Equal(study.Expected, await SmallStudy.EndAsync(cluster, run));
    }

    [Fact]
    public async Task Services_stopped_and_started_again_one_after_the_other_fail_no_step()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = ServiceCluster.OnFolder(folder["rolled"]);
        var run = await SmallStudy.StartAsync(cluster);
        var watched = cluster.Client.Coordinator.WatchAsync(run.Id, Token).ToListAsync(Token).AsTask();

        for (var i = 0; i < cluster.Processes.Count; i++)
        {
            var process = cluster.Processes[i];
            Assert.True(await cluster.UntilAsync(run.Id, run.StepCount * i / cluster.Processes.Count, Token), $"The run ended before {process.Name} was stopped.");
            Assert.Equal((process.Name, 0), (process.Name, await process.TerminateAsync()));
            process.Start();
        }

        Assert.Equal(study.Expected, await SmallStudy.EndAsync(cluster, run));
        var states = await watched;
        Assert.DoesNotContain(states.SelectMany(state => state.Steps), step => step.State == V1.StepState.Failed || step.Error is not null);
        Assert.Equal(study.Expected, SmallStudy.Outcome(states[^1]));
    }
}
