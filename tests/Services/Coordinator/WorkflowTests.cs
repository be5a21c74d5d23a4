using System.Text;
using Graft.Artifacts;
using Graft.Client;
using Graft.Coordinator;
using Graft.Merger;
using Graft.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Coordinator;

/// <summary>Runs over the real store and the real merger, all through gRPC.</summary>
public class WorkflowTests
{
    private const string Yaml = """
        name: workflow
        trajectory: {M1: base/M1, M2: base/M2}
        finetune: {given: {M1: base/M1-FT, M2: base/M2-FT}}
        experiments: {matrix: {direction: both}}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_makes_vectors_and_merges_and_survives_its_host()
    {
        var folder = Directory.CreateTempSubdirectory("graft-test-").FullName;
        try
        {
            V1.Run first;
            await using (var host = await StartAsync(folder))
            {
                await PutTrajectoryAsync(host.Client.Store);
                var started = await host.Client.Coordinator.StartAsync(new V1.RunSpec { Yaml = Yaml }, Token);
                first = await host.Client.Coordinator.WatchAsync(started.Id, Token).LastAsync(Token);
            }

            await using var later = await StartAsync(folder);
            var read = await later.Client.Coordinator.GetAsync(first.Id, Token);
            var names = await later.Client.Store.ListNamesAsync("workflow/", Token).ToDictionaryAsync(entry => entry.Name, entry => entry.Artifact, cancellationToken: Token);
            var again = await later.Client.Coordinator.StartAsync(new V1.RunSpec { Yaml = Yaml }, Token);
            var second = await later.Client.Coordinator.WatchAsync(again.Id, Token).LastAsync(Token);

            Assert.Equal(V1.RunState.Succeeded, first.State);
            Assert.Equal(first.Steps.Select(step => (step.Id, step.State, step.Artifact, step.Elapsed)), read.Steps.Select(step => (step.Id, step.State, step.Artifact, step.Elapsed)));
            Assert.Equal(["workflow/M1", "workflow/M1+M2", "workflow/M1-FT", "workflow/M2", "workflow/M2+M1", "workflow/M2-FT", "workflow/vec-M1", "workflow/vec-M2"], names.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(first.Steps.Single(step => step.Id == "merge/M2+M1").Artifact, names["workflow/M2+M1"].ToString());
            Assert.Equal("7.5 9", await WeightsAsync(later.Client.Store, "workflow/M2+M1"));
            Assert.Equal((first.Id, V1.RunState.Succeeded), (second.Id, second.State));
            Assert.All(second.Steps, step => Assert.Equal(V1.StepState.Hit, step.State));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Paths_soups_and_vectors_of_others_have_the_weights_they_should()
    {
        const string yaml = """
            name: paths
            trajectory: {M1: base/M1, M2: base/M2}
            finetune: {given: {M1: base/M1-FT, M2: base/M2-FT}}
            vectors: {OTHER: {fine_tuned: base/M2-FT, pretrained: base/M1}}
            experiments:
              matrix: {sources: [OTHER]}
              interpolation: {cells: [M2+M1], points: [0.5, 1.5]}
              soup:
                mean: {base: M1, vectors: [M1, M2], method: mean}
                ties: {base: M1, vectors: [{vector: M1, scale: 2}, M2], method: ties, density: 1, lambda: 0.5}
              compare: {}
            """;
        var folder = Directory.CreateTempSubdirectory("graft-test-").FullName;
        try
        {
            await using var host = await StartAsync(folder);
            var store = host.Client.Store;
            await PutTrajectoryAsync(store);
            var started = await host.Client.Coordinator.StartAsync(new V1.RunSpec { Yaml = yaml }, Token);
            var run = await host.Client.Coordinator.WatchAsync(started.Id, Token).LastAsync(Token);

            // M1 = (1, 2), FT1 = (1.5, 3), M2 = (7, 8), FT2 = (7.25, 8); the merge M2 + D1 = (7.5, 9).
            Assert.Equal(V1.RunState.Succeeded, run.State);
            Assert.Equal("7.25 8.5", await WeightsAsync(store, "paths/M2+M1/0.5"));
            Assert.Equal("7.75 9.5", await WeightsAsync(store, "paths/M2+M1/1.5"));
            Assert.Equal("7.375 8.5", await WeightsAsync(store, "paths/M2+M1/barrier/0.5"));
            Assert.Equal("1.375 2.5", await WeightsAsync(store, "paths/soup/mean"));

            // 1 + 0.5 * (2 * 0.5 + 0.25) / (2 + 1), and 2 + 0.5 * (2 * 1) / 2, the 0 of D2 having no sign.
            Assert.Equal("1.2083334 2.5", await WeightsAsync(store, "paths/soup/ties"));
            Assert.Equal("13.25 14", await WeightsAsync(store, "paths/M2+OTHER"));
            Assert.DoesNotContain(run.Steps, step => step.Id == "merge/M1+OTHER");
            Assert.Equal(["compare/bases", "compare/vectors"], run.Steps.Where(step => step.Kind == "compare").Select(step => step.Id).Order(StringComparer.Ordinal));
            Assert.Equal(ArtifactKind.Evaluation, (await store.GetArtifactAsync("paths/compare/vectors", Token)).Manifest.Kind);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<TestHost> StartAsync(string folder) => TestHost.StartAsync(
        builder =>
        {
            builder.AddVectorStore();
            builder.AddMerger();
            builder.AddCoordinator();
        },
        app =>
        {
            app.MapVectorStore();
            app.MapMerger();
            app.MapCoordinator();
        },
        folder: folder);

    private static async Task PutTrajectoryAsync(StoreClient store)
    {
        await PutAsync(store, "base/M1", 1, 2);
        await PutAsync(store, "base/M1-FT", 1.5f, 3);
        await PutAsync(store, "base/M2", 7, 8);
        await PutAsync(store, "base/M2-FT", 7.25f, 8);
    }

    private static async Task PutAsync(StoreClient store, string name, params float[] weights)
    {
        var bytes = weights.SelectMany(BitConverter.GetBytes).ToArray();
        var tensor = await store.WriteTensorAsync("model.norm.weight", DType.F32, [weights.Length], bytes, parent: null, Token);
        FileEntry[] files =
        [
            await store.WriteFileAsync("config.json", Encoding.UTF8.GetBytes("""{"model_type": "olmo2"}"""), Token),
            await store.WriteFileAsync("tokenizer.json", Encoding.UTF8.GetBytes("{}"), Token),
        ];
        await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [tensor], Files = files }, name, Token);
    }

    private static async Task<string> WeightsAsync(StoreClient store, string name)
    {
        var tensor = (await store.GetArtifactAsync(name, Token)).Manifest.Tensors.Single();
        var bytes = await store.ReadAsync(tensor.Sha256, tensor.Size, Token);
        return string.Join(' ', bytes.Chunk(sizeof(float)).Select(chunk => BitConverter.ToSingle(chunk)));
    }
}
