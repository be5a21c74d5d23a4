using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Client;
using Xunit;

namespace Graft.Tests.EndToEnd.Cluster;

/// <summary>A study of sixty-three steps that takes seconds, and what it makes when nothing disturbs it.</summary>
public sealed class SmallStudy : IAsyncLifetime
{
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

    /// <summary>Each step with the digest of what it made.</summary>
    internal IReadOnlyList<string> Expected { get; private set; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = ServiceCluster.OnFolder(folder["calm"]);
        Expected = await EndAsync(cluster, await StartAsync(cluster));
        Assert.Contains(Expected, step => step.StartsWith("evaluate/recurrent/M3@16/gsm ", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync() => default;

    /// <summary>Puts what it needs into the store, and starts it.</summary>
    internal static async Task<V1.Run> StartAsync(ServiceCluster cluster)
    {
        await PrepareAsync(cluster.Client.Store);
        return await cluster.Client.Coordinator.StartAsync(new V1.RunSpec { Yaml = Yaml }, Token);
    }

    /// <summary>Waits for its end, and expects success without an error in any log.</summary>
    /// <returns>As <see cref="Expected"/>.</returns>
    internal static async Task<IReadOnlyList<string>> EndAsync(ServiceCluster cluster, V1.Run started)
    {
        var run = await cluster.Client.Coordinator.WatchAsync(started.Id, Token).LastAsync(Token);
        var failures = run.Steps.Where(step => step.Error is not null).Select(step => $"{step.Id}: {step.Error.Message}");
        Assert.True(run.State == V1.RunState.Succeeded, $"The run ended as {run.State}: {string.Join("; ", failures)}");
        Assert.Empty(cluster.Processes.SelectMany(process => process.Errors));
        return Outcome(run);
    }

    /// <returns>Each step with the digest of what it made.</returns>
    internal static IReadOnlyList<string> Outcome(V1.Run run) => [.. run.Steps.Select(step => $"{step.Id} {step.Artifact}")];

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
}
