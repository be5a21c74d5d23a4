using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Safetensors;
using Graft.Evaluator;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Results;
using Graft.Evaluator.Tasks;
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

    /// <summary>
    /// Real five-shot items: what is read once for the whole task gives what whole requests give, and no budget moves a bit. ARC's unconditional
    /// half, NaturalQuestions' written answers and their bits are among it.
    /// </summary>
    [Theory]
    [InlineData("arc_challenge:rc::olmes", Recorded.ArcCloze, 25)]
    [InlineData("arc_challenge:mc::olmes", Recorded.ArcCloze, 25)]
    [InlineData("naturalqs::olmes", Recorded.NaturalQuestions, 12)]
    public async Task Few_shot_tasks_score_with_a_shared_prefix_what_whole_requests_score(string name, string data, int items)
    {
        var contents = new MemoryContents();
        var checkpoint = Import(contents, SharedData.Require("trajectory/M3"));
        var header = await CheckpointHeader.ReadAsync(checkpoint, contents, CancellationToken.None);
        var task = Recorded.Task(name, Recorded.Bytes(data));
        task = task with { Questions = [.. task.Questions.Take(items)] };

        var shared = await RunAsync(task, new EvaluatorOptions { BatchTokens = 700 });
        var otherwise = await RunAsync(task, new EvaluatorOptions { BatchTokens = 100_000 });
        var whole = await RunAsync(task with { Shared = "" }, new EvaluatorOptions());

        Assert.Equal(EvaluationRun.Files(shared), EvaluationRun.Files(otherwise));
        Assert.Equal(whole.Metrics.Select(metric => metric.Name), shared.Metrics.Select(metric => metric.Name));
        Assert.All(LogLikelihoods(whole).Zip(LogLikelihoods(shared)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(whole.Metrics.Zip(shared.Metrics), pair => Assert.Equal(pair.First.Estimate.Value, pair.Second.Estimate.Value, 1e-4));

        Task<TaskResult> RunAsync(EvaluationTask made, EvaluatorOptions options) =>
            EvaluationRun.RunAsync(contents, checkpoint, new TaskEvaluation(made, new AskingRules(2048), header), options, DType.F32);
    }

    private static IEnumerable<double> LogLikelihoods(TaskResult result) => Encoding.UTF8.GetString(result.Samples)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(line => JsonElement.Parse(line).GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("log_likelihood").GetDouble()));

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
