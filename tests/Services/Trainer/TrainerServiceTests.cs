using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Faults;
using Graft.Trainer;
using Graft.VectorStore;
using Grpc.Core;
using Xunit;

namespace Graft.Tests.Services.Trainer;

public sealed class TrainerServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds() => ["plain", "autograd", "small memory", "lora", "packed rows"];

    /// <summary>By hosts that go down, as on SIGTERM, and others that come up.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stopped_again_and_again_it_ends_with_the_same_checkpoints_and_log(string kind)
    {
        await using var calm = await StartAsync();
        var recipe = await RecipeAsync(calm.Client.Store, kind, steps: 400);
        var expected = (await RunAsync(calm, recipe))[^1].Outputs;

        await using var folder = await StartAsync();
        await RecipeAsync(folder.Client.Store, kind, steps: 400);
        var reached = 0;
        for (var round = 0; round < 4 && await folder.Client.Store.LookUpResultAsync(recipe, Token) is null; round++)
        {
            await using var host = await StartTrainerAsync(folder);
            await host.Client.Workers.StartAsync(recipe, Token);
            var steps = await WatchAsync(host, recipe, until: reached + 3);

            // It went on from the very step it was stopped at: those before are known from the log, without times.
            Assert.Equal(Enumerable.Range(1, steps.Count), steps.Select(done => done.Step));
            Assert.Equal(reached, steps.Count(done => done.Timing is null));
            await host.App.StopAsync(Token);
            reached = await ReachedAsync(folder.Client.Store, recipe);
            Assert.InRange(reached, steps.Count, recipe.Steps);
        }

        var actual = (await RunAsync(folder, recipe))[^1].Outputs;

        Assert.Equal(expected.OrderBy(output => output.Key), actual.OrderBy(output => output.Key));
    }

    [Fact]
    public async Task Every_step_is_told_once_and_in_order_to_all_who_watch()
    {
        await using var host = await StartAsync(("Trainer:PeakFlops", "1e12"));
        var recipe = await RecipeAsync(host.Client.Store, "plain");
        await host.Client.Workers.StartAsync(recipe, Token);

        var steps = await WatchAsync(host, recipe, until: recipe.Steps);
        var late = await WatchAsync(host, recipe, until: recipe.Steps, after: 30);

        Assert.Equal(Enumerable.Range(1, 40), steps.Select(step => step.Step));
        Assert.Equal(Enumerable.Range(31, 10), late.Select(step => step.Step));
        Assert.Equal(steps[30..], late);
        await RunAsync(host, recipe);
        var log = await LogAsync(host, recipe);
        Assert.Equal(log.Count, steps.Count);
        Assert.All(log.Zip(steps), pair => Assert.Equal(
            (pair.First.GetProperty("loss").GetDouble(), pair.First.GetProperty("tokens").GetInt64()), (pair.Second.Loss, pair.Second.Tokens)));
        Assert.All(steps, step => Assert.True(step.Timing.Step.ToTimeSpan() >= step.Timing.Data.ToTimeSpan() && step.Timing.MemoryBytes > 0));
        Assert.All(steps, step => Assert.Equal(PerPosition * step.Timing.PositionsPerSecond / 1e12, step.Timing.FlopUtilization, step.Timing.FlopUtilization * 1e-9));
    }

    [Fact]
    public async Task A_job_that_nobody_knows_cannot_be_watched()
    {
        await using var host = await StartAsync();

        var exception = await Assert.ThrowsAsync<RpcException>(() => WatchAsync(host, id: "none", until: 1));

        Assert.Equal(StatusCode.NotFound, exception.StatusCode);
    }

    [Fact]
    public async Task A_checkpoint_of_a_low_rank_training_differs_in_its_targets_only()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var recipe = await RecipeAsync(store, "lora");
        var start = await store.GetArtifactAsync(((CheckpointStart)recipe.Start).Checkpoint.ToString(), Token);

        var job = (await RunAsync(host, recipe))[^1];

        var made = await store.GetArtifactAsync(job.Outputs["step-40"].ToString(), Token);
        var changed = start.Manifest.Tensors.Zip(made.Manifest.Tensors).Where(pair => pair.First.Sha256 != pair.Second.Sha256).Select(pair => pair.First.Name).ToArray();
        Assert.Equal(start.Manifest.Tensors.Select(tensor => (tensor.Name, tensor.DType)), made.Manifest.Tensors.Select(tensor => (tensor.Name, tensor.DType)));
        Assert.Equal(["model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.q_proj.weight"], changed);
        Assert.Equal(2 * 2 * (32 + 32), job.Progress!.Metrics["trainable_parameters"]);
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_recipe_is_told_at_once()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host.Client.Store, "plain");
        var phase = recipe.Phases[0];
        recipe = recipe with
        {
            Phases = [phase with { BatchSize = -4, SequenceLength = 0, MicroBatchSize = 9, Schedule = phase.Schedule with { Peak = -1 } }],
            Optimizer = new OptimizerSettings(1, -0.5, double.NaN, -1, double.PositiveInfinity),
            Memory = new MemorySettings(MasterFormat.Split, MomentFormat.Full, false, -3),
            Lora = new LoraSettings(0, -1, [], 0),
            ZLoss = -1,
        };

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Workers.StartAsync(recipe, Token));

        Assert.Equal((FaultKind.Invalid, "recipe.phases[0].batch_size"), (fault.Kind, fault.Field));
        string[] fields =
        [
            "phases[0].batch_size", "phases[0].sequence_length", "phases[0].micro_batch_size", "phases[0].schedule.peak", "optimizer.beta1", "optimizer.beta2",
            "optimizer.epsilon", "optimizer.weight_decay", "optimizer.clip_norm", "memory.master", "memory.loss_chunk", "lora.rank", "lora.alpha", "lora.targets", "lora", "z_loss",
        ];
        Assert.All(fields, field => Assert.Contains($"recipe.{field} ", fault.Message));
    }

    [Theory]
    [InlineData("vocabulary", "The tokenizer of", "has 41 tokens, and its model has embeddings for 40")]
    [InlineData("architecture", "gpt2", "")]
    [InlineData("length", "beyond the model's 64 positions", "")]
    [InlineData("empty", "has no rows", "")]
    [InlineData("kind", "is a Blueprint, not a dataset", "")]
    [InlineData("targets", "'*.w_proj' matches no matrix", "")]
    [InlineData("missing", "recipe.phases[0]", "")]
    [InlineData("both", "gpt2", "is a Blueprint, not a dataset")]
    public async Task Inputs_that_do_not_fit_are_told_before_a_step_is_done(string what, string expected, string further)
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var unsupported = TinyTraining.Config.Replace("olmo2", "gpt2", StringComparison.Ordinal).Replace("Olmo2ForCausalLM", "GPT2LMHeadModel", StringComparison.Ordinal);
        var blueprint = await TinyTraining.PutBlueprintAsync(
            store, what is "architecture" or "both" ? unsupported : TinyTraining.Config, what == "vocabulary" ? TinyTraining.Words + 1 : TinyTraining.Words);
        var data = what switch
        {
            "kind" or "both" => blueprint,
            "missing" => Digest.Of("nothing"u8),
            _ => await TinyTraining.PutDataAsync(store, what == "empty" ? 0 : 5),
        };
        var recipe = what == "targets"
            ? (await RecipeAsync(store, "lora")) with { Lora = new LoraSettings(2, 4, ["*.w_proj"], 0) }
            : TinyTraining.Recipe(blueprint, data);
        recipe = what == "length" ? recipe with { Phases = [recipe.Phases[0] with { SequenceLength = TinyTraining.MaxPositions + 1 }] } : recipe;

        var jobs = await RunAsync(host, recipe);

        Assert.Equal(JobState.Failed, jobs[^1].State);
        Assert.Equal(FaultKind.Invalid, jobs[^1].Error!.Kind);
        Assert.Contains(expected, jobs[^1].Error!.Message);
        Assert.Contains(further, jobs[^1].Error!.Message);
        Assert.Null(jobs[^1].Progress);
    }

    [Fact]
    public async Task It_says_what_it_computes_on()
    {
        await using var host = await StartAsync(("Trainer:Device", "cpu"));

        var answer = await new V1.TrainerService.TrainerServiceClient(host.Channel).DescribeTrainerAsync(new V1.DescribeTrainerRequest(), cancellationToken: Token);

        Assert.Equal(["cpu"], answer.Devices);
        Assert.Equal(V1.DType.F32, answer.ComputeDtype);
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_a_fault_that_says_so()
    {
        await using var host = await StartAsync(("Trainer:Device", "cuda:7"));
        var recipe = await RecipeAsync(host.Client.Store, "plain");

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Workers.StartAsync(recipe, Token));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("Trainer:Device is cuda:7", fault.Message);
    }

    // 6 for each weight of a product and position, and 12 * layers * hidden * length.
    private const double PerPosition = (6.0 * ((2 * ((4 * 32 * 32) + (3 * 32 * 48))) + (32 * 40))) + (12.0 * 2 * 32 * 32);

    private static Task<TestHost> StartAsync(params (string Name, string Value)[] settings) => TestHost.StartAsync(
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
        settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value));

    /// <summary>A trainer whose store is another host's.</summary>
    private static Task<TestHost> StartTrainerAsync(TestHost store) => TestHost.StartAsync(
        builder => builder.AddTrainer(),
        app => app.MapTrainer(),
        new Dictionary<string, string?> { ["Client:Server"] = store.Address.ToString() });

    private static async Task<TrainRecipe> RecipeAsync(StoreClient store, string kind, int steps = 40)
    {
        var plain = TinyTraining.Recipe(await TinyTraining.PutBlueprintAsync(store), await TinyTraining.PutDataAsync(store), steps, 20);
        return kind switch
        {
            "autograd" => plain with { Memory = MemorySettings.Default with { RecomputeActivations = true } },
            "small memory" => plain with { ComputeDType = DType.BF16, Memory = new MemorySettings(MasterFormat.Split, MomentFormat.Block8, true, 8) },
            "packed rows" => plain with { Phases = [plain.Phases[0] with { Layout = DataLayout.PackedRows, MicroBatchSize = 3 }] },
            "lora" => plain with { Start = new CheckpointStart(await CheckpointAsync(store, plain)), Lora = new LoraSettings(2, 4, ["*.q_proj.weight"], 3) },
            _ => plain,
        };
    }

    /// <summary>Trained in a host of its own, so that it is there whatever happens to the one under test.</summary>
    private static async Task<Digest> CheckpointAsync(StoreClient store, TrainRecipe plain)
    {
        await using var host = await StartAsync();
        await RecipeAsync(host.Client.Store, "plain");
        var recipe = plain with { Phases = [plain.Phases[0] with { Steps = 5 }], CheckpointSteps = [5] };
        var made = await host.Client.Store.GetArtifactAsync((await RunAsync(host, recipe))[^1].Outputs["step-5"].ToString(), Token);
        foreach (var tensor in made.Manifest.Tensors)
        {
            await store.WriteTensorAsync(tensor.Name, tensor.DType, tensor.Shape, await host.Client.Store.ReadAsync(tensor.Sha256, tensor.Size, Token), null, Token);
        }

        return await store.PutArtifactAsync(made.Manifest, name: null, Token);
    }

    private static async Task<IReadOnlyList<JobStatus>> RunAsync(TestHost host, TrainRecipe recipe)
    {
        await host.Client.Workers.StartAsync(recipe, Token);
        List<JobStatus> jobs = [];
        await foreach (var job in host.Client.Workers.WatchAsync(recipe, Token))
        {
            jobs.Add(job);
        }

        return jobs;
    }

    private static Task<List<V1.TrainingStep>> WatchAsync(TestHost host, TrainRecipe recipe, int until, int after = 0) =>
        WatchAsync(host, RecipeCodec.DigestOf(recipe).ToString(), until, after);

    private static async Task<List<V1.TrainingStep>> WatchAsync(TestHost host, string id, int until, int after = 0)
    {
        var trainer = new V1.TrainerService.TrainerServiceClient(host.Channel);
        List<V1.TrainingStep> steps = [];
        using var call = trainer.WatchTraining(new V1.WatchTrainingRequest { Id = id, AfterStep = after }, cancellationToken: Token);
        while ((steps.Count == 0 || steps[^1].Step < until) && await call.ResponseStream.MoveNext(Token))
        {
            steps.AddRange(call.ResponseStream.Current.Steps);
        }

        return steps;
    }

    /// <summary>The step of the saved state, from its log; all of them when the job was quicker than the stop.</summary>
    private static async Task<int> ReachedAsync(StoreClient store, TrainRecipe recipe)
    {
        if (await store.LookUpResultAsync(recipe, Token) is not null)
        {
            return recipe.Steps;
        }

        var state = await store.GetArtifactAsync($"training/{RecipeCodec.DigestOf(recipe)}", Token);
        var file = state.Manifest.File("log.jsonl")!;
        return Encoding.UTF8.GetString(await store.ReadAsync(file.Sha256, file.Size, Token)).Count(character => character == '\n');
    }

    private static async Task<List<System.Text.Json.JsonElement>> LogAsync(TestHost host, TrainRecipe recipe)
    {
        var digest = (await host.Client.Store.LookUpResultAsync(recipe, Token))!.Value;
        var file = (await host.Client.Store.GetArtifactAsync(digest.ToString(), Token)).Manifest.File("log.jsonl")!;
        var text = Encoding.UTF8.GetString(await host.Client.Store.ReadAsync(file.Sha256, file.Size, Token));
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)];
    }
}
