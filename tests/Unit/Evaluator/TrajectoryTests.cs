using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Safetensors;
using Xunit;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>
/// Scores of real checkpoints on real items equal those computed with Hugging Face transformers. All thirty are in the end-to-end test;
/// these two are every metric, with special tokens in the text and without.
/// </summary>
public sealed class TrajectoryTests
{
    [Theory]
    [InlineData("M1", "arc_rc_0shot")]
    [InlineData("M1-FT", "gsm8k_chat_bpb")]
    public async Task Scores_are_the_expected_ones(string model, string task)
    {
        var folder = SharedData.Require("trajectory");
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "expected.json")));
        var expected = document.RootElement.GetProperty("models").GetProperty(model).GetProperty(task);
        var contents = new MemoryContents();
        var checkpoint = Import(contents, Path.Combine(folder, model));
        var lines = await File.ReadAllLinesAsync(Path.Combine(folder, "tasks", $"{task}.jsonl"));

        var result = await EvaluationRun.RunAsync(contents, checkpoint, new LogLikelihoodRules(), lines);

        Assert.Equal(expected.EnumerateObject().Select(metric => metric.Name), result.Metrics.Select(metric => metric.Name));
        Assert.All(result.Metrics, metric => Assert.Equal(expected.GetProperty(metric.Name).GetDouble(), metric.Estimate.Value, 1e-4));
    }

    private static Manifest Import(MemoryContents contents, string folder)
    {
        using var weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        return new Manifest(ArtifactKind.Checkpoint)
        {
            Tensors =
            [
                .. weights.Tensors.Select(tensor =>
                {
                    var bytes = new byte[tensor.End - tensor.Begin];
                    weights.Read(tensor, bytes);
                    return contents.AddTensor(tensor.Name, tensor.DType, tensor.Shape, bytes);
                }),
            ],
            Files =
            [
                .. new[] { "config.json", "tokenizer.json", "tokenizer_config.json" }
                    .Select(path => contents.AddFile(path, File.ReadAllBytes(Path.Combine(folder, path)))),
            ],
        };
    }
}
