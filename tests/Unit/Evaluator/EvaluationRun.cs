using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Tasks;
using Graft.Modeling.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>An evaluation from its inputs to its two files, as a job does it, without a store.</summary>
internal static class EvaluationRun
{
    public static async Task<TaskEvaluation> PrepareAsync(
        MemoryContents contents, Manifest checkpoint, TaskRules rules, IEnumerable<string> lines, AskingRules? asking = null, FewShotFiles? fewShot = null)
    {
        var header = await CheckpointHeader.ReadAsync(checkpoint, contents, CancellationToken.None);
        (string, byte[])[] files = [("requests.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)))];
        return new TaskEvaluation(TaskSource.Make(rules, files, fewShot ?? new FewShotFiles([]), header.Tokenizer), asking ?? new AskingRules(), header);
    }

    public static async Task<TaskResult> RunAsync(
        MemoryContents contents, Manifest checkpoint, TaskRules rules, IEnumerable<string> lines, EvaluatorOptions? options = null, DType compute = DType.F32, AskingRules? asking = null)
    {
        var task = await PrepareAsync(contents, checkpoint, rules, lines, asking);
        return await RunAsync(contents, checkpoint, task, options ?? new EvaluatorOptions(), compute);
    }

    public static async Task<TaskResult> RunAsync(
        MemoryContents contents, Manifest checkpoint, TaskEvaluation task, EvaluatorOptions options, DType compute)
    {
        TorchRuntime.Load();
        var header = await CheckpointHeader.ReadAsync(checkpoint, contents, CancellationToken.None);
        using var model = await LoadedModel.ReadAsync(header, compute, torch.CPU, contents, CancellationToken.None);
        set_num_threads(options.Threads);
        var responses = task.Responses();
        foreach (var _ in task.Run(model.Transformer, BatchLimits.Of(options, header.Config), responses, CancellationToken.None))
        {
            // Each batch's responses are kept as they come.
        }

        return task.Grade(responses);
    }

    /// <summary>The bytes of both files, as text.</summary>
    public static string Files(TaskResult result) => Encoding.UTF8.GetString([.. ScoresFile.Write(result), .. result.Samples]);
}
