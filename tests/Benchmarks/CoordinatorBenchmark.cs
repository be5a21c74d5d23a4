using System.Diagnostics;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Connections;
using Graft.Client;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// What a study of ten thousand steps costs when there is nothing to do: expansion alone, its plan, and its run, through the real
/// services on a folder. Fifty given checkpoints with fine-tunings, every vector merged into every other at two scales, evaluated.
/// </summary>
internal static class CoordinatorBenchmark
{
    private const int Checkpoints = 50;
    private const int Parallelism = 8;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("graft-benchmark-").FullName;
        try
        {
            await using var server = await LocalServer.StartAsync(new LocalServerSettings(folder), CancellationToken.None);
            using var client = new GraftClient(new ClientOptions { Server = server.Address }, TimeProvider.System);
            var inputs = await PutInputsAsync(client.Store);
            await MeasureAsync(client, inputs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(GraftClient client, IReadOnlyDictionary<string, Digest> inputs)
    {
        var yaml = Yaml("ten-thousand");
        Expansion.Of(RunSpec.Parse(Yaml("warm-up")), inputs);
        var plan = await TimeAsync("expansion", () => Task.FromResult(Expansion.Of(RunSpec.Parse(yaml), inputs)), plan => plan.Steps.Count);
        var message = new V1.RunSpec { Yaml = yaml };
        await TimeAsync("plan, all misses", () => client.Coordinator.PlanAsync(message, CancellationToken.None), answer => answer.Run.Steps.Count);
        await RecordAsync(client.Store, plan);
        await TimeAsync("plan, all hits", () => client.Coordinator.PlanAsync(message, CancellationToken.None), answer => answer.Totals.Hits);
        await TimeAsync("plan again", () => client.Coordinator.PlanAsync(message, CancellationToken.None), answer => answer.Totals.Hits);
        await TimeAsync("run, all hits, 5,150 names to set", () => FollowAsync(client, message), run => run.Steps.Count);
        await TimeAsync("run again, names set", () => FollowAsync(client, message), run => run.Steps.Count);
    }

    private static async Task<T> TimeAsync<T>(string what, Func<Task<T>> action, Func<T, int> steps)
    {
        var began = Stopwatch.GetTimestamp();
        var result = await action();
        Measurement.Row(what, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s", $"{steps(result)} steps");
        return result;
    }

    private static async Task<V1.Run> FollowAsync(GraftClient client, V1.RunSpec spec)
    {
        var last = await client.Coordinator.StartAsync(spec, CancellationToken.None);
        await foreach (var run in client.Coordinator.WatchAsync(last.Id, CancellationToken.None))
        {
            last = run;
        }

        return last;
    }

    private static string Yaml(string name) => $$"""
        name: {{name}}
        trajectory: { {{Map(i => $"M{i}: M{i}")}} }
        finetune:
          given: { {{Map(i => $"M{i}: M{i}-FT")}} }
        experiments:
          matrix: {direction: both, scales: [1.0, 0.5]}
        tasks: {gsm: {requests: gsm, metric: bits_per_byte} }
        """;

    private static string Map(Func<int, string> item) => string.Join(", ", Enumerable.Range(1, Checkpoints).Select(item));

    private static async Task<IReadOnlyDictionary<string, Digest>> PutInputsAsync(StoreClient store)
    {
        Dictionary<string, Digest> inputs = [];
        foreach (var name in Enumerable.Range(1, Checkpoints).SelectMany(i => new[] { $"M{i}", $"M{i}-FT" }))
        {
            inputs[name] = await PutAsync(store, ArtifactKind.Checkpoint, name, name);
        }

        inputs["gsm"] = await PutAsync(store, ArtifactKind.Dataset, "gsm", "gsm");
        return inputs;
    }

    // What the jobs would have made, as small as an artifact can be.
    private static async Task RecordAsync(StoreClient store, RunPlan plan)
    {
        var made = new Digest[plan.Steps.Count];
        foreach (var level in plan.Steps.GroupBy(step => step.Needs.Count == 0 ? 0 : step.Kind is StepKind.Evaluate && step.Needs[0].Kind is StepKind.Merge ? 2 : 1).OrderBy(level => level.Key))
        {
            await Parallel.ForEachAsync(level, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (step, token) =>
            {
                var recipe = step.Recipe([.. step.Needs.Select(need => made[need.Index])]);
                var kind = recipe is EvaluateRecipe ? ArtifactKind.Evaluation : ArtifactKind.Checkpoint;
                made[step.Index] = recipe is ExtractRecipe vector
                    ? await store.PutArtifactAsync(
                        new Manifest(ArtifactKind.DiffVector) { DiffVector = new DiffVector(vector.FineTuned, vector.Pretrained, [new TensorNorm("w", 1, 1)]) }, null, token)
                    : await PutAsync(store, kind, step.Id, name: null);
                await store.PutResultAsync(recipe, made[step.Index], token);
            });
        }
    }

    private static async Task<Digest> PutAsync(StoreClient store, ArtifactKind kind, string bytes, string? name)
    {
        var file = await store.WriteFileAsync("config.json", Encoding.UTF8.GetBytes(bytes), CancellationToken.None);
        return await store.PutArtifactAsync(new Manifest(kind) { Files = [file] }, name, CancellationToken.None);
    }
}
