using System.Globalization;
using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Client;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>
/// A study over six processes, of which one at a time, drawn by chance, is killed and started again; what it makes must equal what it
/// makes undisturbed, bit for bit. GRAFT_CHAOS_KILLS=50 kills more often than the suite has time for, GRAFT_CHAOS_SEED draws others.
/// </summary>
public class ChaosTests
{
    private const int DefaultKills = 20;
    private const string Yaml = """
        name: chaos
        seed: 3
        trajectory: {M1: M1, M2: M2, M3: M3}
        finetune:
          recipe:
            data: rows
            layout: padded
            mask: completion
            steps: 16
            batch: 8
            length: 48
            every: 8
            schedule: {shape: linear, peak: 1e-4, warmup: 2}
        tasks:
          gsm: {requests: questions, metric: bits_per_byte}
        experiments:
          matrix: {direction: both}
          continual: {cells: forward}
          recurrent: {}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_the_results_are_those_of_an_undisturbed_run()
    {
        var kills = Number("GRAFT_CHAOS_KILLS", DefaultKills);
        using var folder = new TemporaryFolder();
        var expected = await RunAsync(folder["calm"], kills: 0, seed: 0);

        var made = await RunAsync(folder["killed"], kills, Number("GRAFT_CHAOS_SEED", 1));

        Assert.Equal(expected, made);
        Assert.Contains(expected, step => step.StartsWith("evaluate/recurrent/M3@16/gsm ", StringComparison.Ordinal));
    }

    /// <returns>Each step of the run with the digest of what it made.</returns>
    private static async Task<IReadOnlyList<string>> RunAsync(string store, int kills, int seed)
    {
        await using var cluster = new ServiceCluster(store);
        await PrepareAsync(cluster.Client.Store);
        var started = await cluster.Client.Coordinator.StartAsync(new V1.RunSpec { Yaml = Yaml }, Token);
        if (kills > 0)
        {
            await KillAsync(cluster, started, kills, new Random(seed));
        }

        var run = await cluster.Client.Coordinator.WatchAsync(started.Id, Token).LastAsync(Token);
        var failures = run.Steps.Where(step => step.Error is not null).Select(step => $"{step.Id}: {step.Error.Message}");
        Assert.True(run.State == V1.RunState.Succeeded, $"The run ended as {run.State}: {string.Join("; ", failures)}");
        Assert.Empty(cluster.Processes.SelectMany(process => process.Errors));
        return [.. run.Steps.Select(step => $"{step.Id} {step.Artifact}")];
    }

    // Spread over the run by its steps, not by the clock: a slow machine is killed as often, at the same parts of the work.
    private static async Task KillAsync(ServiceCluster cluster, V1.Run run, int kills, Random random)
    {
        var killed = new Dictionary<string, int>();
        for (var kill = 0; kill < kills; kill++)
        {
            await UntilAsync(cluster, run.Id, done: run.StepCount * kill / kills);
            await Task.Delay(random.Next(400), Token);
            var victim = cluster.Processes[random.Next(cluster.Processes.Count)];
            await victim.KillAsync();
            await Task.Delay(random.Next(600), Token);
            victim.Start();
            killed[victim.Name] = killed.GetValueOrDefault(victim.Name) + 1;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"Killed {string.Join(", ", killed.Select(item => $"{item.Key} {item.Value} times"))}.");
    }

    private static async Task UntilAsync(ServiceCluster cluster, string run, int done)
    {
        while (await cluster.TryGetAsync(run, Token) is var state)
        {
            if (state?.State is { } ended and not V1.RunState.Running)
            {
                Assert.Equal(V1.RunState.Succeeded, ended);
                return;
            }

            if (state?.Steps.Count(step => step.Artifact.Length > 0) >= done)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), Token);
        }
    }

    private static async Task PrepareAsync(StoreClient store)
    {
        foreach (var name in new[] { "M1", "M2", "M3" })
        {
            var manifest = await CheckpointFolder.ImportAsync(store, SharedData.Require($"trajectory/{name}"), parent: null, progress: null, Token);
            await store.PutArtifactAsync(manifest, name, Token);
        }

        var rows = Enumerable.Range(1, 40).Select(i => JsonSerializer.Serialize(
            new { prompt = $"Question: Tom has {i} apples and buys {i % 7} more. How many?\nAnswer:", completion = $" {i} + {i % 7} = {i + (i % 7)}." }));
        var questions = File.ReadLines(SharedData.Require("trajectory/tasks/gsm8k_bpb.jsonl")).Take(4);
        await PutAsync(store, "rows", rows);
        await PutAsync(store, "questions", questions);
    }

    private static async Task PutAsync(StoreClient store, string name, IEnumerable<string> lines)
    {
        var file = await store.WriteFileAsync($"{name}.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)), Token);
        await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [file] }, name, Token);
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
