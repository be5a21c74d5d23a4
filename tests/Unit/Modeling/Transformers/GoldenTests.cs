using System.Text.Json;
using Graft.Modeling.Generation;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Graft.Tests.Unit.Modeling.Transformers;

/// <summary>The numbers of Hugging Face transformers, from ../shared/golden (its README says what each tensor is).</summary>
public sealed class GoldenTests
{
    // make_golden.py converts its model after making it, which rounds the rotary frequencies too; a loaded checkpoint's stay fp32.
    private const string Converted = "olmo2-bf16";

    [Theory]
    [InlineData("olmo2-fp32", 1e-4)]
    [InlineData("olmo2-bf16", 2e-2)]
    [InlineData("llama31-fp32", 1e-4)]
    [InlineData("llama32-tied-fp32", 1e-4)]
    public void Logits_are_those_of_the_reference(string name, double tolerance)
    {
        using var golden = Require(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        var logits = golden.Model.Logits(golden.Model.Forward(golden.Expected["input_ids"]));

        Assert.Equal([3, 37, golden.Config.VocabularySize], logits.shape);
        Assert.InRange(Distance(logits, golden.Expected["logits"]), 0, tolerance);
    }

    [Theory]
    [InlineData("olmo2-fp32", 1e-4)]
    [InlineData("olmo2-bf16", 2e-2)]
    [InlineData("llama31-fp32", 1e-4)]
    [InlineData("llama32-tied-fp32", 1e-4)]
    public void Left_padded_logits_are_those_of_the_reference(string name, double tolerance)
    {
        using var golden = Require(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var keep = golden.Expected["attention_mask"].to_type(ScalarType.Bool);

        var logits = golden.Model.Logits(golden.Model.Forward(golden.Expected["input_ids"], keep: keep));

        Assert.InRange(Distance(logits[keep], golden.Expected["logits_left_padded"][keep]), 0, tolerance);
    }

    [Theory]
    [InlineData("olmo2-fp32", true)]
    [InlineData("olmo2-fp32", false)]
    [InlineData("olmo2-bf16", true)]
    [InlineData("olmo2-bf16", false)]
    [InlineData("llama31-fp32", true)]
    [InlineData("llama31-fp32", false)]
    [InlineData("llama32-tied-fp32", true)]
    [InlineData("llama32-tied-fp32", false)]
    public void Greedy_tokens_are_those_of_the_reference(string name, bool useCache)
    {
        using var golden = Require(name);
        var expected = golden.Expected["greedy"].data<long>().Select(id => (int)id).ToArray();

        var tokens = GreedyDecoder.Generate(
            golden.Model, [expected[..37]], 24, new HashSet<int>(), useCache, TestContext.Current.CancellationToken);

        Assert.Equal(expected[37..], Assert.Single(tokens));
    }

    [Fact]
    public void A_real_trained_model_tells_the_story_of_the_reference()
    {
        using var golden = GoldenModel.Require("golden/stories260K-hf");
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/stories260K-hf/expected.json")));
        int[] expected = [.. json.RootElement.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32())];

        var tokens = GreedyDecoder.Generate(golden.Model, [[1]], 199, new HashSet<int>(), true, TestContext.Current.CancellationToken);

        Assert.Equal(200, expected.Length);
        Assert.Equal(expected[1..], Assert.Single(tokens));
    }

    [Theory]
    [InlineData("olmo2-fp32")]
    [InlineData("llama31-fp32")]
    [InlineData("llama32-tied-fp32")]
    public void Loss_and_gradient_norm_of_the_first_training_step_are_those_of_the_reference(string name)
    {
        using var golden = Require(name);
        using var scope = NewDisposeScope();
        foreach (var weight in golden.Weights.Values)
        {
            weight.requires_grad_(true);
        }

        var ids = golden.Expected["train_ids_0"];
        var labels = ids.clone();
        labels[.., ..10] = tensor(-100L);
        var logits = golden.Model.Logits(golden.Model.Forward(ids));
        var loss = F.cross_entropy(logits[.., ..^1].reshape(-1, logits.shape[^1]), labels[.., 1..].reshape(-1));
        loss.backward();
        var norm = Math.Sqrt(golden.Weights.Values.Sum(weight => weight.grad!.square().sum().ToDouble()));

        Assert.Equal(golden.Expected["train_losses"][0].ToDouble(), loss.ToDouble(), 1e-4);
        Assert.Equal(1, norm / golden.Expected["train_grad_norms"][0].ToDouble(), 1e-3);
    }

    [Fact]
    public void Rotary_frequencies_in_fp32_move_bf16_logits_by_little()
    {
        using var golden = GoldenModel.Require("golden/" + Converted);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        var logits = golden.Model.Logits(golden.Model.Forward(golden.Expected["input_ids"]));

        Assert.InRange(Distance(logits, golden.Expected["logits"]), 1e-3, 6e-2);
        Assert.Equal(0, Distance(logits[.., 0], golden.Expected["logits"][.., 0]));
    }

    private static GoldenModel Require(string name) =>
        GoldenModel.Require("golden/" + name, name == Converted ? ScalarType.BFloat16 : ScalarType.Float32);

    private static double Distance(Tensor a, Tensor b) => a.to_type(ScalarType.Float32).sub(b).abs().max().ToDouble();
}
