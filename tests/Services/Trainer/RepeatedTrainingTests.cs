using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Tests.Services.Evaluator;
using Graft.Trainer;
using Graft.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Trainer;

/// <summary>A training whose results were collected in part.</summary>
public sealed class RepeatedTrainingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_checkpoint_that_was_collected_is_made_again_bit_for_bit()
    {
        await using var first = await StartAsync();
        var recipe = await RecipeAsync(first.Client.Store);
        var made = await RunAsync(first, recipe);
        foreach (var step in new[] { "step-2", "step-4" })
        {
            File.Delete(Path.Combine(first.Folder, "store", "artifacts", made[step].ToString()));
            Assert.Null(await first.Client.Store.LookUpResultAsync(new CheckpointRecipe(recipe, int.Parse(step[5..])), Token));
        }

        await using var second = await StartAsync(first.Folder);
        var again = await RunAsync(second, recipe);

        Assert.Equal(["result", "step-2", "step-4", "step-6"], made.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(made, again);
        foreach (var (name, digest) in made)
        {
            Assert.Equal(digest, (await second.Client.Store.GetArtifactAsync(digest.ToString(), Token)).Digest);
            Assert.Empty((await second.Client.Housekeeping.VerifyAsync(digest.ToString(), new Progress<Verified>(), Token)).Damages);
        }
    }

    [Fact]
    public async Task A_saved_state_behind_a_checkpoint_that_was_collected_is_not_gone_on_from()
    {
        await using var first = await StartAsync();
        var recipe = await RecipeAsync(first.Client.Store);
        var made = await RunAsync(first, recipe);

        // As an interruption behind step 4 leaves it: a state, and no log yet.
        var state = await SaveStateOfAsync(first, recipe, steps: 5);
        File.Delete(Path.Combine(first.Folder, "store", "results", RecipeCodec.DigestOf(recipe).ToString()));
        File.Delete(Path.Combine(first.Folder, "store", "artifacts", made["step-2"].ToString()));
        await using var second = await StartAsync(first.Folder);
        await second.Client.Store.SetNameAsync($"training/{RecipeCodec.DigestOf(recipe)}", state, Token);

        Assert.Equal(made, await RunAsync(second, recipe));
    }

    private static Task<TestHost> StartAsync(string? folder = null) => TestHost.StartAsync(
        builder =>
        {
            builder.AddVectorStore();
            builder.AddTrainer();
        },
        app =>
        {
            app.MapVectorStore();
            app.MapTrainer();
        },
        new Dictionary<string, string?> { ["Trainer:StateInterval"] = "00:00:00" },
        folder);

    private static async Task<SortedDictionary<string, Digest>> RunAsync(TestHost host, Recipe recipe)
    {
        await host.Client.Workers.StartAsync(recipe, Token);
        var last = await host.Client.Workers.WatchAsync(recipe, Token).LastAsync(Token);
        Assert.Equal(JobState.Succeeded, last.State);
        return new SortedDictionary<string, Digest>(last.Outputs.ToDictionary(output => output.Key, output => output.Value), StringComparer.Ordinal);
    }

    // The state that a shorter training of the same beginning leaves, which is the one this training had after as many steps.
    private static async Task<Digest> SaveStateOfAsync(TestHost host, TrainRecipe recipe, int steps)
    {
        var states = await host.Client.Housekeeping.MeasureAsync(new Progress<int>(), Token);
        foreach (var artifact in states.Artifacts.Where(artifact => artifact.Kind == ArtifactKind.TrainingState))
        {
            var manifest = (await host.Client.Store.GetArtifactAsync(artifact.Digest.ToString(), Token)).Manifest;
            var progress = manifest.File("progress.json")!;
            if (Encoding.UTF8.GetString(await host.Client.Store.ReadAsync(progress.Sha256, progress.Size, Token)).Contains($"\"Step\":{steps},", StringComparison.Ordinal))
            {
                return artifact.Digest;
            }
        }

        throw new InvalidOperationException($"No state of step {steps} of {RecipeCodec.DigestOf(recipe)} was saved.");
    }

    private static async Task<TrainRecipe> RecipeAsync(StoreClient store)
    {
        await TinyModel.PutAsync(store);
        var lines = Enumerable.Range(0, 12).Select(i => $$"""{"text": "w{{i + 1}} w{{i + 2}} w{{i + 3}} w{{i + 4}} w{{i + 5}}"}""");
        var rows = await store.WriteFileAsync("rows.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)), Token);
        var data = await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [rows] }, "rows", Token);
        return new TrainRecipe
        {
            Start = new CheckpointStart((await store.GetArtifactAsync("tiny", Token)).Digest),
            Phases =
            [
                new TrainPhase
                {
                    Dataset = data,
                    Layout = DataLayout.Packed,
                    Mask = LossMask.All,
                    Steps = 6,
                    BatchSize = 1,
                    SequenceLength = 8,
                    Schedule = new Schedule(ScheduleShape.Constant, 1e-3, 0, 0),
                },
            ],
            Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1),
            CheckpointSteps = [2, 4, 6],
        };
    }
}
