using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Tests.Services.Evaluator;
using Graft.Tests.Services.VectorStore;
using Graft.Trainer;
using Graft.Trainer.Datasets;
using Graft.VectorStore;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace Graft.Tests.Services.Trainer;

/// <summary>What a training job makes of its data, over gRPC: a tiny model whose words are w0 to w39.</summary>
public sealed class TrainingDataTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mixture_of_formats_is_trained_on_and_its_rows_are_reported()
    {
        await using var host = await StartAsync();
        var lines = await host.Client.Store.PutFilesAsync(
            ("a.jsonl", Lines(("w1 w2", "w3 w4 w5"), ("w1", "w2"), ("w1 w2 w3 w4 w5 w6 w7 w8 w9", "w10"))), ("notes.txt", "not rows"));
        var columns = await PutAsync(host.Client.Store, "b.parquet", await ParquetAsync(["w5 w6", "w7"], ["w8 w9", "w1 w2 w3 w4 w5 w6 w7 w8 w9"]));
        var recipe = await RecipeAsync(host, Phase(lines) with { Weight = 0.5, MixedWith = [new WeightedDataset(columns, 2)] });

        var job = await RunAsync(host, recipe);

        Assert.Equal((JobState.Succeeded, null), (job.State, job.Error));
        var metrics = job.Progress!.Metrics;
        // Cut to nine tokens: the third row loses its completion, the fifth one token.
        Assert.Equal((4, 1, 1), (metrics["data_rows"], metrics["data_rows_truncated"], metrics["data_rows_dropped"]));
        Assert.Equal((5 + 2 + 4 + 9, 3 + 1 + 2 + 8), (metrics["data_tokens"], metrics["data_target_tokens"]));
    }

    [Fact]
    public async Task Weights_and_further_datasets_change_what_is_learned()
    {
        await using var host = await StartAsync();
        var first = await host.Client.Store.PutFilesAsync(("a.jsonl", Lines(("w1", "w2"), ("w3", "w4"))));
        var second = await host.Client.Store.PutFilesAsync(("b.jsonl", Lines(("w5", "w6"), ("w7", "w8"))));

        List<string> made = [];
        foreach (var phase in new[]
        {
            Phase(first), Phase(first) with { MixedWith = [new WeightedDataset(second, 1)] }, Phase(first) with { MixedWith = [new WeightedDataset(second, 3)] },
        })
        {
            made.Add((await RunAsync(host, await RecipeAsync(host, phase))).Outputs["step-4"].ToString());
        }

        Assert.Distinct(made);
    }

    public static TheoryData<string, string, string> Wrong => new()
    {
        {
            string.Concat(Enumerable.Repeat(Lines(("w1", "w2")), 500)) + "{\"prompt\": \"w1\", \"completion\": 7}\n" + Lines(("w1", "w2")),
            "",
            "data.jsonl, line 501: completion is a number (7), and must be a text."
        },
        { "", "", "has no rows." },
        { Lines(("w1 w2 w3 w4 w5 w6 w7 w8 w9", "w10")), "", "has no row with a target within 8 tokens (1 rows: 0 kept" },
        { "{\"messages\": [{\"role\": \"user\", \"content\": \"w1\"}]}", "", "--template tulu" },
        { Lines(("w1", "w2")), "tulu", "eos_token" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task Data_that_cannot_be_used_fails_the_job_with_file_line_and_field(string lines, string template, string message)
    {
        await using var host = await StartAsync();
        var dataset = await host.Client.Store.PutFilesAsync(("data.jsonl", lines));

        var job = await RunAsync(host, await RecipeAsync(host, Phase(dataset) with { Template = template.Length > 0 ? template : null }));

        Assert.Equal((JobState.Failed, FaultKind.Invalid), (job.State, job.Error?.Kind));
        Assert.Contains(message, job.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sequence_longer_than_the_model_and_a_dataset_that_is_none_fail_the_job()
    {
        await using var host = await StartAsync();
        var dataset = await host.Client.Store.PutFilesAsync(("data.jsonl", Lines(("w1", "w2"))));
        var other = await host.Client.Store.PutFilesAsync(("notes.txt", "w1"));
        var model = (await TinyModel.PutAsync(host.Client.Store), await host.Client.Store.GetArtifactAsync("tiny", Token)).Item2.Digest;

        async Task<string> FaultAsync(TrainPhase phase) => (await RunAsync(host, await RecipeAsync(host, phase))).Error!.Message;
        Assert.Equal("The sequence length 5000 is beyond the model's 4096 positions.", await FaultAsync(Phase(dataset) with { SequenceLength = 5000 }));
        Assert.Equal($"The dataset {other} has no .jsonl, .jsonl.gz or .parquet file.", await FaultAsync(Phase(other)));
        Assert.Equal($"{model} is a Checkpoint, not a dataset.", await FaultAsync(Phase(model)));
    }

    /// <summary>Above the limit a file is not held in memory; what is read is the same, and nothing stays behind.</summary>
    [Theory]
    [InlineData(1000)]
    [InlineData(1 << 30)]
    public async Task A_stored_file_is_read_from_memory_or_from_a_file_that_goes_away(int largestInMemory)
    {
        await using var host = await StartAsync();
        var bytes = new byte[(9 << 20) + 17];
        new Random(3).NextBytes(bytes);
        var file = await host.Client.Store.WriteFileAsync("data.jsonl", bytes, Token);
        string path;

        await using (var stream = await StoredDataset.OpenAsync(host.Client.Store, file, largestInMemory, Token))
        {
            path = (stream as FileStream)?.Name ?? "";
            var found = new byte[bytes.Length];
            await stream.ReadExactlyAsync(found, Token);
            Assert.Equal((Digest.Of(bytes), -1), (Digest.Of(found), stream.ReadByte()));
            Assert.Equal(largestInMemory < bytes.Length, File.Exists(path));
        }

        Assert.False(File.Exists(path));
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(
        builder => builder.AddVectorStore().AddTrainer(),
        app =>
        {
            app.MapVectorStore();
            app.MapTrainer();
        });

    private static TrainPhase Phase(Digest dataset) => new()
    {
        Dataset = dataset,
        Layout = DataLayout.Padded,
        Mask = LossMask.Completion,
        Steps = 4,
        BatchSize = 4,
        SequenceLength = 8,
        Schedule = new Schedule(ScheduleShape.Constant, 1e-3, 0, 0),
    };

    private static async Task<TrainRecipe> RecipeAsync(TestHost host, TrainPhase phase)
    {
        await TinyModel.PutAsync(host.Client.Store);
        return new TrainRecipe
        {
            Start = new CheckpointStart((await host.Client.Store.GetArtifactAsync("tiny", Token)).Digest),
            Phases = [phase],
            Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1),
            CheckpointSteps = [phase.Steps],
        };
    }

    private static async Task<JobStatus> RunAsync(TestHost host, TrainRecipe recipe)
    {
        await host.Client.Workers.StartAsync(recipe, Token);
        return await host.Client.Workers.WatchAsync(recipe, Token).LastAsync(Token);
    }

    private static string Lines(params (string Prompt, string Completion)[] rows) =>
        string.Concat(rows.Select(row => $$"""{"prompt": "{{row.Prompt}}", "completion": "{{row.Completion}}"}""" + "\n"));

    private static async Task<Digest> PutAsync(StoreClient store, string path, byte[] bytes)
    {
        var manifest = new Manifest(ArtifactKind.Dataset) { Files = [await store.WriteFileAsync(path, bytes, Token)] };
        return await store.PutArtifactAsync(manifest, name: null, Token);
    }

    private static async Task<byte[]> ParquetAsync(string[] prompts, string[] completions)
    {
        var schema = new ParquetSchema(new DataField<string>("prompt"), new DataField<string>("completion"));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: Token))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(schema.GetDataFields()[0], prompts);
            await rows.WriteAsync(schema.GetDataFields()[1], completions);
        }

        return stream.ToArray();
    }
}
