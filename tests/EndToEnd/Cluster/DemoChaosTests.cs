using Graft.Client;
using Graft.Tests.Network;
using Graft.Tests.S3;
using Xunit;

namespace Graft.Tests.EndToEnd.Cluster;

/// <summary>
/// The demo's quick study through six processes on a real S3 server, with everything that can break breaking: too long for every run of the
/// tests, so only <c>./test Slow</c> runs it.
/// </summary>
public class DemoChaosTests
{
    private const string Preset = "quick";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_demo_whose_services_and_S3_server_are_killed_and_cut_off_ends_with_the_results_of_one_process()
    {
        using var folder = new TemporaryFolder();
        await GraftProcess.RunAsync("demo", "--preset", Preset, "--store", folder["calm"], "--out", folder["expected"]);
        var expected = await InProcessAsync(folder["calm"]);
        await using var s3 = await S3Server.StartDurableAsync(Token);
        await using var network = new CuttingProxy(s3.Endpoint, cutsUpload: false);
        await using var cluster = new ServiceCluster(
            stateSteps: 20,
            $"--VectorStore:S3:Endpoint={network.Address.GetLeftPart(UriPartial.Authority)}",
            "--VectorStore:S3:Bucket=chaos",
            $"--VectorStore:S3:AccessKey={s3.AccessKey}",
            $"--VectorStore:S3:SecretKey={s3.SecretKey}",
            "--VectorStore:S3:Patience=00:03:00");
        await using var demo = GraftProcess.Start(
            cluster.Environment, "demo", "--preset", Preset, "--server", cluster.Environment["Client__VectorStore"], "--out", folder["made"]);

        var run = await StartedAsync(cluster, demo);
        await new Havoc(cluster, seed: 1) { Kills = 50, Resets = 20, S3Restarts = 3, S3 = s3, S3Network = network }.DealAsync(run);

        Assert.True(await demo.ExitAsync() == 0, demo.Errors + demo.Output);
        Assert.Equal(expected, SmallStudy.Outcome(await cluster.Client.Coordinator.GetWholeAsync(run.Id, Token)));
        Assert.Equal($"{await StudyResults.ReadAsync(folder["expected"])}", $"{await StudyResults.ReadAsync(folder["made"])}");
        Assert.Empty(cluster.Processes.SelectMany(process => process.Errors));
    }

    private static async Task<V1.Run> StartedAsync(ServiceCluster cluster, GraftProcess demo)
    {
        while (demo.IsRunning)
        {
            if (await cluster.Client.Coordinator.ListAsync(Token).FirstOrDefaultAsync(Token) is { } run)
            {
                return await cluster.Client.Coordinator.GetAsync(run.Id, Token);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        }

        throw new InvalidOperationException($"The demo ended before its run began: {demo.Errors}{demo.Output}");
    }

    // What each step made, told by a server on the store of a run that is over.
    private static async Task<IReadOnlyList<string>> InProcessAsync(string store)
    {
        await using var server = GraftProcess.Serve(store);
        using var client = new GraftClient(new ClientOptions { Server = await server.ServesAsync() }, TimeProvider.System);
        var run = await client.Coordinator.ListAsync(Token).FirstAsync(Token);
        return SmallStudy.Outcome(await client.Coordinator.GetWholeAsync(run.Id, Token));
    }
}
