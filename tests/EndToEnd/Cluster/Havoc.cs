using System.Globalization;
using Graft.Tests.Network;
using Graft.Tests.S3;
using Xunit;

namespace Graft.Tests.EndToEnd.Cluster;

/// <summary>
/// What happens to a run: processes killed and started again, connections reset, the S3 server killed and started again, each at a
/// moment and in an order drawn by a seed.
/// </summary>
/// <param name="cluster">Its victims.</param>
/// <param name="seed">Of all that is drawn. GRAFT_CHAOS_SEED in the environment wins.</param>
internal sealed class Havoc(ServiceCluster cluster, int seed)
{
    private readonly Random _random = new(Number("GRAFT_CHAOS_SEED", seed));
    private readonly SortedDictionary<string, int> _dealt = new(StringComparer.Ordinal);

    /// <summary>Kills of processes; GRAFT_CHAOS_KILLS in the environment wins.</summary>
    public int Kills { get; init => field = Number("GRAFT_CHAOS_KILLS", value); }

    /// <summary>How often all connections to one of the processes, or to the S3 server, are reset.</summary>
    public int Resets { get; init; }

    public int S3Restarts { get; init; }

    public S3Server? S3 { get; init; }

    /// <summary>The connections to it.</summary>
    public CuttingProxy? S3Network { get; init; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Deals everything. Spread over the run by its steps, not by the clock: a slow machine suffers as much, at the same parts of the work.
    /// The last tenth of the steps is left, so that the run cannot end unnoticed before the last blow.
    /// </summary>
    public async Task DealAsync(V1.Run run)
    {
        Func<Task<string>>[] blows =
        [
            .. Enumerable.Repeat(KillAsync, Kills), .. Enumerable.Repeat(ResetAsync, Resets), .. Enumerable.Repeat(RestartS3Async, S3Restarts),
        ];
        _random.Shuffle(blows);
        for (var i = 0; i < blows.Length; i++)
        {
            var goesOn = await cluster.UntilAsync(run.Id, run.StepCount * 9 * i / (10 * blows.Length), Token);
            Assert.True(goesOn, $"The run ended before {blows[i].Method.Name}, {i} of {blows.Length}.");
            await Task.Delay(_random.Next(400), Token);
            var dealt = await blows[i]();
            Say($"{i + 1} of {blows.Length}: {dealt}");
            _dealt[dealt] = _dealt.GetValueOrDefault(dealt) + 1;
        }

        Say(string.Join(", ", _dealt.Select(item => $"{item.Key} {item.Value} times")) + ".");
    }

    private async Task<string> KillAsync()
    {
        var victim = cluster.Processes[_random.Next(cluster.Processes.Count)];
        await victim.KillAsync();
        await Task.Delay(_random.Next(600), Token);
        victim.Start();
        return $"{victim.Name} killed";
    }

    private async Task<string> ResetAsync()
    {
        var victim = _random.Next(cluster.Processes.Count + (S3Network is null ? 0 : 1));
        if (victim == cluster.Processes.Count)
        {
            await S3Network!.ResetAsync();
            return "connections to S3 reset";
        }

        await cluster.Processes[victim].ResetAsync();
        return $"connections to {cluster.Processes[victim].Name} reset";
    }

    private async Task<string> RestartS3Async()
    {
        await S3!.KillAsync(Token);
        await Task.Delay(_random.Next(3000), Token);
        await S3.RestartAsync(Token);
        return "S3 server killed";
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
