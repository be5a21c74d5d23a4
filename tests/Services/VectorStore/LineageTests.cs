using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

public sealed class LineageTests
{
    [Fact]
    public async Task A_merge_is_traced_back_to_what_was_imported_each_artifact_once()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var study = await StudyAsync(store);

        var nodes = await host.Client.Housekeeping.TraceAsync("merge", depth: 0, Token);

        Assert.Equal(
            [study.Merge, study.Newer, study.Vector, study.Tuned, study.Base, study.Data],
            nodes.Select(node => node.Artifact));
        Assert.Equal(["merge"], nodes[0].Names);
        Assert.Equal(["base", "base/again"], nodes[4].Names);
        Assert.Equal(ArtifactKind.DiffVector, nodes[2].Kind);
        Assert.Equal([study.Newer, study.Vector], nodes[0].Inputs);
        Assert.Equal([study.Tuned, study.Base], nodes[2].Inputs);
        Assert.Equal([study.Base, study.Data], nodes[3].Inputs);
        Assert.Equal(0.5, Assert.IsType<MergeRecipe>(Assert.Single(nodes[0].Recipes)).Vectors[0].Scale);
        Assert.Equal(7, Assert.IsType<CheckpointRecipe>(Assert.Single(nodes[3].Recipes)).Step);
        Assert.Empty(nodes[5].Recipes);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 5)]
    [InlineData(3, 6)]
    [InlineData(100, 6)]
    public async Task Levels_can_be_bounded(int depth, int nodes)
    {
        await using var host = await StartAsync();
        await StudyAsync(host.Client.Store);

        Assert.Equal(nodes, (await host.Client.Housekeeping.TraceAsync("merge", depth, Token)).Count);
    }

    [Fact]
    public async Task Circles_and_several_recipes_of_one_artifact_end()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var (one, two) = (await store.PutFilesAsync(("a", "1")), await store.PutFilesAsync(("a", "2")));
        await store.PutResultAsync(new CompareRecipe([one, two]), one, Token);
        await store.PutResultAsync(new ExtractRecipe(two, one), one, Token);
        await store.PutResultAsync(new CompareRecipe([two, one]), two, Token);

        var nodes = await host.Client.Housekeeping.TraceAsync(one.ToString(), 0, Token);

        Assert.Equal([one, two], nodes.Select(node => node.Artifact));
        Assert.Equal(2, nodes[0].Recipes.Count);
    }

    [Fact]
    public async Task An_input_that_was_collected_is_still_named()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var study = await StudyAsync(store);
        File.Delete(host.ObjectPath($"artifacts/{study.Data}"));

        await using var other = await StartAsync(host.Folder);
        var nodes = await other.Client.Housekeeping.TraceAsync("merge", 0, Token);

        Assert.Null(nodes.Single(node => node.Artifact == study.Data).Kind);
    }

    [Fact]
    public async Task What_is_wrong_is_refused()
    {
        await using var host = await StartAsync();
        await StudyAsync(host.Client.Store);
        var housekeeping = host.Client.Housekeeping;

        await RefusedAsync(FaultKind.NotFound, () => housekeeping.TraceAsync("no-such-name", 0, Token));
        await RefusedAsync(FaultKind.NotFound, () => housekeeping.TraceAsync($"{Digest.Of([1])}", 0, Token));
        await RefusedAsync(FaultKind.Invalid, "depth", () => housekeeping.TraceAsync("merge", -1, Token));
        await RefusedAsync(FaultKind.Invalid, "reference", () => housekeeping.TraceAsync("", 0, Token));
    }

    private static async Task<Study> StudyAsync(StoreClient store)
    {
        var (basis, newer, data) = (await PutAsync(store, "base"), await PutAsync(store, "newer"), await store.PutFilesAsync(("rows", "1")));
        var tuned = await PutAsync(store, "tuned");
        var vector = await store.PutArtifactAsync(new Manifest(ArtifactKind.DiffVector) { DiffVector = new DiffVector(tuned, basis, []) }, null, Token);
        var merge = await PutAsync(store, "merge");
        await store.SetNameAsync("merge", merge, Token);
        await store.SetNameAsync("base/again", basis, Token);
        await store.SetNameAsync("base", basis, Token);
        await store.PutResultAsync(new CheckpointRecipe(Train(basis, data), 7), tuned, Token);
        await store.PutResultAsync(new ExtractRecipe(tuned, basis), vector, Token);
        await store.PutResultAsync(new MergeRecipe(newer, [new ScaledVector(vector, 0.5)], Provenance.Base, Provenance.Base), merge, Token);
        return new Study(merge, newer, vector, tuned, basis, data);
    }

    private static TrainRecipe Train(Digest start, Digest data) => new()
    {
        Start = new CheckpointStart(start),
        Phases =
        [
            new TrainPhase
            {
                Dataset = data,
                Layout = DataLayout.Padded,
                Mask = LossMask.All,
                Steps = 7,
                BatchSize = 1,
                SequenceLength = 8,
                Schedule = new Schedule(ScheduleShape.Constant, 1e-3, 0, 0),
            },
        ],
        Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1),
        CheckpointSteps = [7],
    };

    private static async Task<Digest> PutAsync(StoreClient store, string text) => await store.PutArtifactAsync(
        new Manifest(ArtifactKind.Checkpoint) { Files = [await store.WriteFileAsync("config.json", System.Text.Encoding.ASCII.GetBytes(text), Token)] }, null, Token);

    private sealed record Study(Digest Merge, Digest Newer, Digest Vector, Digest Tuned, Digest Base, Digest Data);
}
