using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Trainer.Data;
using Graft.Trainer.Training;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.Training;

public class TrainingSessionTests
{
    private static readonly ModelConfig _config = TrainingMath.Olmo2();

    [Fact]
    public void A_step_that_is_no_number_changes_nothing_but_the_place_in_the_data()
    {
        using var session = Session(Recipe(steps: 6), out var batches);
        session.Advance();
        session.Advance();
        var (weights, moments) = Snapshot(session);
        var healthy = Break(session);

        var skipped = session.Advance();

        Assert.True(skipped.IsSkipped);
        Assert.Equal(new TrainingCounts(3, 2 * 48, Skipped: 1, SkippedInRow: 1), session.Counts);
        Mend(session, healthy);
        Assert.Equal(weights, Snapshot(session).Weights);
        Assert.Equal(moments, Snapshot(session).Moments);
        Assert.All(TrainingMath.Values(session.Parameters.Gradient), value => Assert.Equal(0, value));

        Assert.False(session.Advance().IsSkipped);
        Assert.Equal([0, 1, 2, 3], batches.Asked);
        Assert.Equal(new TrainingCounts(4, 3 * 48, Skipped: 1), session.Counts);
        var lines = session.Log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(JsonValueKind.Null, lines[2].GetProperty("loss").ValueKind);
        Assert.Equal(1, lines[2].GetProperty("skipped").GetInt32());
        Assert.False(lines[3].TryGetProperty("skipped", out _));
    }

    /// <summary>The bias corrections count updates: a skipped step leaves the next one the update it would have been.</summary>
    [Fact]
    public void The_update_after_a_skipped_step_is_the_next_update()
    {
        var recipe = Recipe(steps: 4) with { Phases = [Recipe(4).Phases[0] with { Schedule = new Schedule(ScheduleShape.Constant, 1e-3, 0, 1) }] };
        using var disturbed = Session(recipe, out _);
        using var plain = Session(recipe, out var others);
        disturbed.Advance();
        plain.Advance();
        var healthy = Break(disturbed);
        disturbed.Advance();
        Mend(disturbed, healthy);

        // The same batch as the disturbed one gets now.
        others.Shift = 1;
        disturbed.Advance();
        plain.Advance();

        Assert.Equal(Snapshot(plain).Weights, Snapshot(disturbed).Weights);
    }

    [Fact]
    public void Three_such_steps_in_a_row_end_the_training_with_what_was_seen()
    {
        using var session = Session(Recipe(steps: 9), out var batches);
        session.Advance();
        Break(session);
        session.Advance();
        session.Advance();

        var fault = Assert.Throws<FaultException>(() => session.Advance());

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("step 2: loss NaN, gradient norm NaN", fault.Message);
        Assert.Contains("step 4:", fault.Message);
        Assert.Contains("sequences 9 to 11 of phase 1", fault.Message);
        Assert.Contains(string.Join(", ", batches.At(3).Inputs.Take(8)), fault.Message);
    }

    /// <summary>A learning rate that throws the weights out of what bf16 logits can hold, in a training like any other.</summary>
    [Fact]
    public void A_training_that_diverges_is_stopped()
    {
        var recipe = Recipe(steps: 200) with
        {
            Phases = [Recipe(200).Phases[0] with { Schedule = new Schedule(ScheduleShape.Constant, 1e37, 0, 1) }],
            Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0, 0),
        };
        using var session = Session(recipe, out _);

        var fault = Assert.Throws<FaultException>(() =>
        {
            while (session.Step < recipe.Steps)
            {
                session.Advance();
            }
        });

        Assert.StartsWith("Training diverged: 3 steps in a row", fault.Message);
        Assert.Contains("learning rate 1E+37", fault.Message);
    }

    [Theory]
    [InlineData(MasterFormat.Split, MomentFormat.Full, false, 0, 0.002)]
    [InlineData(MasterFormat.Full, MomentFormat.Block8, false, 0, 0.03)]
    [InlineData(MasterFormat.Split, MomentFormat.Block8, true, 16, 0.03)]
    public void A_training_in_less_memory_ends_with_nearly_the_same_loss(
        MasterFormat master, MomentFormat moments, bool recompute, int chunk, double tolerance)
    {
        var plain = Recipe(steps: 60) with { ComputeDType = DType.BF16 };
        var small = plain with { Memory = new MemorySettings(master, moments, recompute, chunk) };

        var (expected, actual) = (Train(plain), Train(small));

        Assert.True(expected[^1] < expected[0] - 0.5, $"The reference did not learn: {expected[0]} to {expected[^1]}.");
        Assert.Equal(expected[^10..].Average(), actual[^10..].Average(), tolerance * expected[^10..].Average());
    }

    [Fact]
    public void Accumulated_micro_batches_are_the_same_training()
    {
        var whole = Recipe(steps: 10);
        var parts = whole with { Phases = [whole.Phases[0] with { MicroBatchSize = 2 }] };

        var (expected, actual) = (Train(whole), Train(parts));

        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    private static double[] Train(TrainRecipe recipe)
    {
        using var session = Session(recipe, out _);
        return [.. Enumerable.Range(0, recipe.Steps).Select(_ => session.Advance().Loss)];
    }

    private static TrainRecipe Recipe(int steps) => new()
    {
        Start = new RandomStart(Digest.Of("blueprint"u8), 0.2, 7),
        Phases =
        [
            new TrainPhase
            {
                Dataset = Digest.Of("data"u8),
                Layout = DataLayout.Packed,
                Mask = LossMask.All,
                Steps = steps,
                BatchSize = 3,
                SequenceLength = 16,
                Schedule = new Schedule(ScheduleShape.Linear, 5e-3, 2, 0.1),
            },
        ],
        Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1),
        CheckpointSteps = [steps],
    };

    private static TrainingSession Session(TrainRecipe recipe, out CountingBatches batches)
    {
        batches = new CountingBatches();
        var session = new TrainingSession(recipe, _config, [batches], CPU, TimeProvider.System);
        RandomWeights.Fill(session.Parameters, _config, (RandomStart)recipe.Start);
        return session;
    }

    private static (float[] Weights, float[] Moments) Snapshot(TrainingSession session)
    {
        using var weights = session.Parameters.Weights.Read(0, session.Parameters.Count);
        return (TrainingMath.Values(weights), [.. session.Optimizer.Moments.State.SelectMany(entry => TrainingMath.Values(entry.Tensor))]);
    }

    /// <summary>Makes one weight of the final norm infinite, and says what it was.</summary>
    private static float Break(TrainingSession session)
    {
        using var norm = session.Parameters.Views["model.norm.weight"].detach();
        var value = norm[0].item<float>();
        norm[0] = float.PositiveInfinity;
        return value;
    }

    private static void Mend(TrainingSession session, float healthy)
    {
        using var norm = session.Parameters.Views["model.norm.weight"].detach();
        norm[0] = healthy;
    }

    /// <summary>Sequences of a language with something to learn: each token follows from the one before, mostly.</summary>
    private sealed class CountingBatches : IBatches
    {
        private readonly long[] _tokens = Tokens();

        public List<int> Asked { get; } = [];

        public int Shift { get; set; }

        public Batch At(int step)
        {
            Asked.Add(step);
            var (inputs, targets) = (new long[3 * 16], new long[3 * 16]);
            for (var i = 0; i < inputs.Length; i++)
            {
                (inputs[i], targets[i]) = (_tokens[((step + Shift) * 48) + i], _tokens[((step + Shift) * 48) + i + 1]);
            }

            return new Batch(3, 16, inputs, targets);
        }

        private static long[] Tokens()
        {
            var random = new Random(3);
            var token = 5;
            return [.. Enumerable.Range(0, 20_000).Select(_ => (long)(token = random.NextDouble() < 0.1 ? random.Next(4, 101) : 4 + (((token * 7) + 3) % 97)))];
        }
    }
}
