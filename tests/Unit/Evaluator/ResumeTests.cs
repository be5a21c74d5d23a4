using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Scoring;
using Graft.Faults;
using Graft.Modeling.Native;
using TorchSharp;
using Xunit;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>An evaluation that goes on from any of its saved states ends with the same bytes, and computes nothing twice.</summary>
public sealed class ResumeTests
{
    private readonly MemoryContents _contents = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Going_on_from_every_batch_ends_with_the_same_bytes(bool isGeneration)
    {
        TorchRuntime.Load();
        var checkpoint = TinyCheckpoint.Make(_contents);
        var header = await CheckpointHeader.ReadAsync(checkpoint, _contents, CancellationToken.None);
        using var model = await LoadedModel.ReadAsync(header, DType.F32, torch.CPU, _contents, CancellationToken.None);
        TaskRules rules = isGeneration ? new GenerationRules(6, ["w5"], Extraction.Whole) : new LogLikelihoodRules();
        var task = await EvaluationRun.PrepareAsync(_contents, checkpoint, rules, Lines(isGeneration));
        var limits = BatchLimits.Of(new EvaluatorOptions { BatchTokens = 60 }, header.Config);
        List<byte[]> saved = [];
        var responses = task.Responses();
        foreach (var _ in task.Run(model.Transformer, limits, responses, CancellationToken.None))
        {
            saved.Add(responses.Write());
        }

        var expected = EvaluationRun.Files(task.Grade(responses));
        Assert.InRange(saved.Count, 4, 100);
        foreach (var state in saved)
        {
            var resumed = task.Responses();
            resumed.Read(state);
            var before = task.Done(resumed);
            var after = 0;
            foreach (var done in task.Run(model.Transformer, limits with { Tokens = 90 }, resumed, CancellationToken.None))
            {
                after += done.Requests;
            }

            Assert.Equal(task.Requests, before.Requests + after);
            Assert.Equal(expected, EvaluationRun.Files(task.Grade(resumed)));
        }

        Assert.Equal(task.Tokens, task.Done(responses).Tokens);
    }

    [Theory]
    [InlineData("{\"request\": 99, \"log_likelihood\": 1}")]
    [InlineData("{\"prompt\": 0}")]
    [InlineData("{")]
    public async Task Saved_responses_that_do_not_fit_are_corrupt(string line)
    {
        var task = await EvaluationRun.PrepareAsync(_contents, TinyCheckpoint.Make(_contents), new GenerationRules(6, [], Extraction.Whole), Lines(isGeneration: true));

        var fault = Assert.Throws<FaultException>(() => task.Responses().Read(System.Text.Encoding.UTF8.GetBytes(line)));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
    }

    private static string[] Lines(bool isGeneration)
    {
        var random = new Random(1);
        return isGeneration
            ? [.. Enumerable.Range(0, 40).Select(i => $$"""{"prompt": "{{TinyCheckpoint.Text(random, 1 + i % 25)}}", "answer": "w{{i}}"}""")]
            : [.. Enumerable.Range(0, 60).Select(i => $$"""{"doc_id": {{i / 2}}, "choice": {{i % 2}}, "context": "{{TinyCheckpoint.Text(new Random(i / 2), 1 + i / 4)}}", "continuation": " {{TinyCheckpoint.Text(random, 1 + i % 4)}}", "gold": 0}""")];
    }
}
