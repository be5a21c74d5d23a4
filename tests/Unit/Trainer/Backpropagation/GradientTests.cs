using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Modeling.Transformers;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Trainer.Backpropagation;

/// <summary>Every way to a gradient against the plain one.</summary>
public class GradientTests
{
    public static TheoryData<bool, bool> Kinds() => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Computing_layers_again_gives_the_same_bits(bool isLlama, bool isBf16)
    {
        var (config, batch) = (Config(isLlama), TrainingMath.Batch(3, 19, 0.4));
        using var parameters = TrainingMath.Randomized(config, isBf16 ? bfloat16 : float32);

        var plain = Run(parameters, Autograd(config, parameters), batch);
        var recomputed = Run(parameters, Autograd(config, parameters, recompute: true), batch);

        Assert.Equal(plain.Loss, recomputed.Loss);
        Assert.Equal(plain.Gradient, recomputed.Gradient);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 7)]
    [InlineData(false, 1000)]
    [InlineData(true, 7)]
    public void A_loss_in_chunks_equals_the_whole_one(bool isLlama, int chunk)
    {
        var (config, batch) = (Config(isLlama), TrainingMath.Batch(3, 19, 0.4));
        using var parameters = TrainingMath.Randomized(config);
        foreach (var reduction in Enum.GetValues<LossReduction>())
        {
            var whole = Run(parameters, Autograd(config, parameters), batch, reduction);
            var chunked = Run(parameters, Autograd(config, parameters, new LossSettings(chunk, 0)), batch, reduction);

            Assert.Equal(whole.Loss, chunked.Loss, Math.Abs(whole.Loss) * 1e-6);
            AssertClose(whole.Gradient, chunked.Gradient, 2e-6);
        }
    }

    [Fact]
    public void A_loss_in_chunks_is_as_near_in_bf16()
    {
        var (config, batch) = (Config(isLlama: false), TrainingMath.Batch(4, 40, 0.1));
        using var parameters = TrainingMath.Randomized(config, bfloat16);

        var whole = Run(parameters, Autograd(config, parameters), batch);
        var chunked = Run(parameters, Autograd(config, parameters, new LossSettings(8, 0)), batch);

        Assert.Equal(whole.Loss, chunked.Loss, Math.Abs(whole.Loss) * 1e-5);
        AssertClose(whole.Gradient, chunked.Gradient, 5e-3);
    }

    [Fact]
    public void The_z_loss_is_that_of_autograd_on_its_formula()
    {
        var (config, batch) = (Config(isLlama: false), TrainingMath.Batch(2, 13, 0.3));
        using var parameters = TrainingMath.Randomized(config);
        var actual = Run(parameters, Autograd(config, parameters, new LossSettings(5, 0.02)), batch);

        parameters.Gradient.zero_();
        using var scope = NewDisposeScope();
        using var model = new Transformer(config, parameters.Views);
        var logits = model.Logits(model.Forward(tensor(batch.Inputs, [2, 13]))).reshape(-1, config.VocabularySize);
        var counted = batch.Targets.Select((target, i) => (Target: target, Place: (long)i)).Where(pair => pair.Target >= 0).ToArray();
        logits = logits.index_select(0, tensor(counted.Select(pair => pair.Place).ToArray()));
        var partition = logits.exp().sum(1).log();
        var loss = (nn.functional.cross_entropy(logits, tensor(counted.Select(pair => pair.Target).ToArray())) + (partition * partition).mean() * 0.02);
        loss.backward();

        Assert.Equal(loss.item<float>(), actual.Loss, 1e-5);
        AssertClose(TrainingMath.Values(parameters.Gradient), actual.Gradient, 1e-5);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    public void Gradients_of_micro_batches_add_up_to_that_of_the_batch(bool isFused, int rows)
    {
        var config = Config(isLlama: false);
        using var parameters = TrainingMath.Randomized(config);
        var batch = Ragged(TrainingMath.Batch(5, 21, 0.4));
        var tokens = batch.Targets.Count(target => target >= 0);
        foreach (var reduction in Enum.GetValues<LossReduction>())
        {
            using IBackpropagation backpropagation = isFused ? new FusedBackpropagation(config, parameters, 5 * 21, 21) : Autograd(config, parameters);
            var whole = Run(parameters, backpropagation, batch, reduction);

            parameters.Gradient.zero_();
            var parts = MicroBatches.Of(batch, rows).ToArray();
            var loss = parts.Sum(part => backpropagation.Run(part, reduction, tokens));

            Assert.Equal(tokens, parts.Sum(part => part.Targets.Count(target => target >= 0)));
            Assert.Equal(whole.Loss, loss, Math.Abs(whole.Loss) * 1e-6);
            AssertClose(whole.Gradient, TrainingMath.Values(parameters.Gradient), 2e-6);
        }
    }

    [Theory]
    [InlineData("fused")]
    [InlineData("autograd")]
    [InlineData("llama")]
    [InlineData("recomputed")]
    public void Segments_side_by_side_are_the_same_as_each_alone(string kind)
    {
        var config = Config(kind == "llama");
        using var parameters = TrainingMath.Randomized(config);
        using IBackpropagation backpropagation = kind == "fused"
            ? new FusedBackpropagation(config, parameters, 2 * 40, 40)
            : Autograd(config, parameters, recompute: kind == "recomputed");
        int[][] lengths = [[17, 1, 16, 3], [5, 20, 12]];
        var (packed, alone) = Packed(lengths, 40);
        var tokens = packed.Targets.Count(target => target >= 0);

        var together = Run(parameters, backpropagation, packed);
        parameters.Gradient.zero_();
        var loss = alone.Sum(batch => backpropagation.Run(batch, LossReduction.Mean, tokens));

        Assert.Equal(loss, together.Loss, 1e-6);
        AssertClose(TrainingMath.Values(parameters.Gradient), together.Gradient, 2e-6);

        // And it matters: without segments they see each other.
        var blurred = Run(parameters, backpropagation, packed with { Segments = null });
        Assert.True(Math.Abs(blurred.Loss - loss) > 1e-4);
    }

    private static ModelConfig Config(bool isLlama) => isLlama ? TrainingMath.Llama() : TrainingMath.Olmo2();

    private static AutogradBackpropagation Autograd(ModelConfig config, FlatParameters parameters, LossSettings? loss = null, bool recompute = false) =>
        new(new Transformer(config, parameters.Views), CPU, loss, recompute);

    private static (double Loss, float[] Gradient) Run(
        FlatParameters parameters, IBackpropagation backpropagation, Batch batch, LossReduction reduction = LossReduction.Mean)
    {
        parameters.Gradient.zero_();
        var loss = backpropagation.Run(batch, reduction);
        using var gradient = parameters.Gradient.to(float32);
        return (loss, TrainingMath.Values(gradient));
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        var norm = Math.Sqrt(expected.Sum(value => (double)value * value));
        var error = Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow((double)a - b, 2)).Sum());
        Assert.True(error <= tolerance * norm, $"The gradients differ by {error / norm:E2} of their norm.");
    }

    /// <summary>Rows of different lengths, one of them without a target.</summary>
    private static Batch Ragged(Batch batch)
    {
        var targets = batch.Targets.ToArray();
        for (var row = 0; row < batch.Rows; row++)
        {
            var length = row == 2 ? 0 : batch.Length - (3 * row);
            Array.Fill(targets, Batch.Ignored, (row * batch.Length) + length, batch.Length - length);
        }

        return batch with { Targets = targets };
    }

    private static (Batch Packed, IReadOnlyList<Batch> Alone) Packed(int[][] lengths, int length)
    {
        var random = new Random(4);
        var (rows, alone) = (lengths.Length, new List<Batch>());
        var (inputs, targets) = (new long[rows * length], new long[rows * length]);
        var segments = new Segments(new int[rows * length], new int[rows * length]);
        Array.Fill(targets, Batch.Ignored);
        Array.Fill(segments.Segment, Segments.Padding);
        for (var row = 0; row < rows; row++)
        {
            var at = row * length;
            for (var segment = 0; segment < lengths[row].Length; segment++)
            {
                var count = lengths[row][segment];
                long[] tokens = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(4, 101))], next = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(101))];
                alone.Add(new Batch(1, count, tokens, next));
                tokens.CopyTo(inputs, at);
                next.CopyTo(targets, at);
                for (var i = 0; i < count; i++)
                {
                    (segments.Segment[at + i], segments.Position[at + i]) = (segment, i);
                }

                at += count;
            }
        }

        return (new Batch(rows, length, inputs, targets) { Segments = segments }, alone);
    }
}
