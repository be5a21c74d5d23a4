using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Native;
using Graft.Trainer;
using Graft.Trainer.Training;
using Graft.VectorStore;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Services.Trainer;

/// <summary>N steps equal k steps, a new process' worth of objects, and N - k steps: weights, moments, counts and log.</summary>
public sealed class StateStoreTests
{
    private const int Steps = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string> Places()
    {
        var places = new TheoryData<int, string>();
        foreach (var kind in new[] { "plain", "small memory" })
        {
            // The first and the last, either side of an epoch's end (12.5 steps), and in the middle of one.
            foreach (var step in new[] { 1, 12, 13, 20, 29 })
            {
                places.Add(step, kind);
            }
        }

        return places;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_restored_session_goes_on_bit_for_bit(int step, string kind)
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var recipe = await RecipeAsync(store, kind);
        using var inputs = await TrainingInputs.OpenAsync(store, recipe, Token);
        var (start, batches) = (inputs.Start, inputs.Data.Batches);
        TorchRuntime.Load();
        TrainingSession Open() => new(recipe, start.Config, batches, CPU, TimeProvider.System);

        using var whole = Open();
        RandomWeights.Fill(whole.Parameters, start.Config, (RandomStart)recipe.Start);
        Advance(whole, Steps);

        // Pieces of a size that divides nothing.
        var states = new StateStore(store, Digest.Of("recipe"u8), pieceElements: 1000);
        using (var first = Open())
        {
            RandomWeights.Fill(first.Parameters, start.Config, (RandomStart)recipe.Start);
            Advance(first, step);
            await states.SaveAsync(first, Token);
        }

        using var second = Open();
        Assert.True(await states.RestoreAsync(second, reached => reached == step, Token));
        Assert.Equal(step, second.Step);
        Advance(second, Steps);

        Assert.Equal(whole.Counts, second.Counts);
        Assert.Equal(whole.Log.ToString(), second.Log.ToString());
        foreach (var (expected, actual) in whole.State.Zip(second.State))
        {
            Assert.Equal(expected.Name, actual.Name);
            Assert.Equal(expected.Tensor.bytes.ToArray(), actual.Tensor.bytes.ToArray());
        }
    }

    [Fact]
    public async Task A_state_that_may_not_be_used_or_is_not_there_changes_nothing()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host.Client.Store, "plain");
        using var inputs = await TrainingInputs.OpenAsync(host.Client.Store, recipe, Token);
        var (start, batches) = (inputs.Start, inputs.Data.Batches);
        TorchRuntime.Load();
        using var session = new TrainingSession(recipe, start.Config, batches, CPU, TimeProvider.System);
        var states = new StateStore(host.Client.Store, Digest.Of("recipe"u8));

        Assert.False(await states.RestoreAsync(session, _ => true, Token));
        await states.SaveAsync(session, Token);
        Assert.False(await states.RestoreAsync(session, _ => false, Token));
        Assert.True(await states.RestoreAsync(session, _ => true, Token));
        await states.ForgetAsync(Token);
        Assert.False(await states.RestoreAsync(session, _ => true, Token));
    }

    [Fact]
    public async Task A_state_of_another_format_is_corrupt_and_says_what_it_lacks()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host.Client.Store, "plain");
        var other = await RecipeAsync(host.Client.Store, "small memory");
        using var inputs = await TrainingInputs.OpenAsync(host.Client.Store, recipe, Token);
        var (start, batches) = (inputs.Start, inputs.Data.Batches);
        TorchRuntime.Load();
        using var session = new TrainingSession(recipe, start.Config, batches, CPU, TimeProvider.System);
        using var different = new TrainingSession(other, start.Config, batches, CPU, TimeProvider.System);
        var states = new StateStore(host.Client.Store, Digest.Of("recipe"u8));
        await states.SaveAsync(different, Token);

        var fault = await Assert.ThrowsAsync<FaultException>(() => states.RestoreAsync(session, _ => true, Token));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
        Assert.Contains("lacks master", fault.Message);
    }

    private static void Advance(TrainingSession session, int to)
    {
        // The number of threads is a thread's own, and what follows an await may be on another one.
        set_num_threads(1);
        while (session.Step < to)
        {
            session.Advance();
        }
    }

    private static async Task<TrainRecipe> RecipeAsync(StoreClient store, string kind)
    {
        var plain = TinyTraining.Recipe(await TinyTraining.PutBlueprintAsync(store), await TinyTraining.PutDataAsync(store), Steps);
        return kind == "plain"
            ? plain
            : plain with { ComputeDType = DType.BF16, Memory = new MemorySettings(MasterFormat.Split, MomentFormat.Block8, RecomputeActivations: true, LossChunk: 8) };
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(
        builder =>
        {
            builder.AddVectorStore();
            builder.AddTrainer();
        },
        app =>
        {
            app.MapVectorStore();
            app.MapTrainer();
        });
}
