using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator;
using Graft.Evaluator.Results;
using Graft.Evaluator.Tasks;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks;

public sealed class TaskEvaluationTests
{
    private static readonly GenerationRules _generation = new(4, [], Extraction.LastNumber);

    private readonly MemoryContents _contents = new();

    [Theory]
    [InlineData("", "w1", "empty context")]
    [InlineData("w1", " ", "adds no token")]
    [InlineData("w1 w2 w3 w4 w5 w6", " w1 w2 w3", "has 9 tokens, too long for the model's 7 positions")]
    public async Task Request_the_model_cannot_be_given_is_named(string context, string continuation, string what)
    {
        var line = $$"""{"doc_id": 0, "choice": 0, "context": "{{context}}", "continuation": "{{continuation}}", "gold": 0}""";

        Assert.Contains($"requests.jsonl, line 1 {(what.StartsWith("has", StringComparison.Ordinal) ? "" : "has ")}", await FaultAsync(new LogLikelihoodRules(), line, TinyCheckpoint.Config(positions: 7)));
        Assert.Contains(what, await FaultAsync(new LogLikelihoodRules(), line, TinyCheckpoint.Config(positions: 7)));
    }

    [Fact]
    public async Task Request_that_just_fits_is_fine()
    {
        // Eight tokens, of which the last is only predicted.
        var line = """{"doc_id": 0, "choice": 0, "context": "w1 w2 w3 w4 w5 w6", "continuation": " w1 w2", "gold": 0}""";

        var task = await PrepareAsync(new LogLikelihoodRules(), line, TinyCheckpoint.Config(positions: 7));

        Assert.Equal((1, 7L), (task.Requests, task.Tokens));
    }

    [Fact]
    public async Task Prompt_that_leaves_no_room_for_the_answer_is_refused()
    {
        var line = """{"prompt": "w1 w2 w3 w4", "answer": "1"}""";

        Assert.Contains("has 4 tokens with up to 4 new ones, too long for the model's 7 positions", await FaultAsync(_generation, line, TinyCheckpoint.Config(positions: 7)));
        Assert.Equal(8, (await PrepareAsync(_generation, line, TinyCheckpoint.Config(positions: 8))).Tokens);
    }

    [Fact]
    public async Task Token_beyond_the_vocabulary_is_refused() => Assert.Contains(
        "has the token 59, and the model's vocabulary ends at 39",
        await FaultAsync(_generation, """{"prompt": "w1 w59", "answer": "1"}""", TinyCheckpoint.Config(vocabulary: 40)));

    [Theory]
    [InlineData("""{"prompt": "", "answer": "1"}""", "empty prompt")]
    [InlineData("""{"prompt": "w1", "answer": "one"}""", "has no number in its answer")]
    public async Task Generation_request_without_prompt_or_answer_is_refused(string line, string what) =>
        Assert.Contains(what, await FaultAsync(_generation, line));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_of_the_other_kind_are_refused(bool generation)
    {
        var (rules, line) = generation
            ? ((TaskRules)_generation, """{"doc_id": 0, "choice": 0, "context": "w1", "continuation": "w2", "gold": 0}""")
            : (new LogLikelihoodRules(), """{"prompt": "w1", "answer": "1"}""");

        Assert.Contains("give the task that fits the file", await FaultAsync(rules, line));
    }

    [Fact]
    public async Task Answers_are_cut_extracted_and_compared()
    {
        var checkpoint = TinyCheckpoint.Make(_contents);
        var (prompt, words) = await ThreeDifferentWordsAsync(checkpoint);
        string[] lines =
        [
            $$"""{"prompt": "{{prompt}}", "answer": " {{words[0]}} "}""",
            $$"""{"prompt": "{{prompt}}", "answer": "something else"}""",
        ];

        var result = await EvaluationRun.RunAsync(_contents, checkpoint, new GenerationRules(3, [words[1]], Extraction.Whole), lines);

        Assert.Equal("exact_match", result.Primary);
        Assert.Equal((2, 0.5, 0.5), (result.Items, result.Metrics[0].Estimate.Value, result.Metrics[0].Estimate.StandardError));
        Assert.StartsWith(
            $$"""{"doc_id":0,"prompt":"{{prompt}}","output":"{{words[0]}} ","extracted":"{{words[0]}}","gold":"{{words[0]}}","correct":true,"metrics":{"exact_match":1},"token_ids":[""",
            Encoding.UTF8.GetString(result.Samples));
    }

    [Fact]
    public async Task Weights_that_are_not_finite_are_refused_and_not_scored()
    {
        var checkpoint = TinyCheckpoint.Make(_contents);
        var broken = _contents.AddTensor("model.norm.weight", DType.F32, [64], [.. Enumerable.Repeat<byte>(0xFF, 256)]);
        var line = """{"doc_id": 0, "choice": 0, "context": "w1", "continuation": " w2", "gold": 0}""";

        var fault = await Assert.ThrowsAsync<FaultException>(() => EvaluationRun.RunAsync(
            _contents,
            checkpoint with { Tensors = [.. checkpoint.Tensors.Select(tensor => tensor.Name == broken.Name ? broken : tensor)] },
            new LogLikelihoodRules(),
            [line],
            new EvaluatorOptions()));

        Assert.Contains("requests.jsonl, line 1 are not finite", fault.Message);
    }

    [Fact]
    public async Task A_longest_length_cuts_contexts_on_the_left()
    {
        string[] lines = ["""{"doc_id": 0, "choice": 0, "context": "w1 w2 w3 w4 w5 w6", "continuation": " w7 w8", "gold": 0}"""];
        var checkpoint = TinyCheckpoint.Make(_contents);

        var cut = await EvaluationRun.RunAsync(_contents, checkpoint, new LogLikelihoodRules(), lines, asking: new AskingRules(MaxLength: 4));
        var whole = await EvaluationRun.RunAsync(
            _contents, checkpoint, new LogLikelihoodRules(), ["""{"doc_id": 0, "choice": 0, "context": "w4 w5 w6", "continuation": " w7 w8", "gold": 0}"""]);

        // Four tokens are read, w4 to w7; w8 is only predicted.
        Assert.Equal(whole.Metrics[0].Estimate.Value, cut.Metrics[0].Estimate.Value);
        Assert.Equal((1, 0), (cut.Truncated, whole.Truncated));
        Assert.Contains("\"truncated\":true", Encoding.UTF8.GetString(cut.Samples));
    }

    [Fact]
    public async Task A_prompt_is_cut_to_leave_room_for_the_answer()
    {
        var checkpoint = TinyCheckpoint.Make(_contents);

        var cut = await EvaluationRun.RunAsync(
            _contents, checkpoint, _generation, ["""{"prompt": "w9 w8 w1 w2 w3", "answer": "1"}"""], asking: new AskingRules(MaxLength: 7));
        var whole = await EvaluationRun.RunAsync(_contents, checkpoint, _generation, ["""{"prompt": "w1 w2 w3", "answer": "1"}"""]);

        Assert.Equal(Output(whole), Output(cut));

        static string Output(TaskResult result) => Encoding.UTF8.GetString(result.Samples).Split("\"output\":")[1].Split(",\"truncated")[0].Split(",\"token_ids")[0];
    }

    [Fact]
    public async Task Nothing_is_left_of_a_context_when_the_rest_fills_the_model()
    {
        Assert.Contains("line 1 cannot be asked: up to 4 new tokens leave no room for a prompt in 4 positions", (await Assert.ThrowsAsync<FaultException>(() => EvaluationRun.PrepareAsync(
            _contents, TinyCheckpoint.Make(_contents), _generation, ["""{"prompt": "w1", "answer": "1"}"""], new AskingRules(MaxLength: 4)))).Message);
        Assert.Contains("has a continuation of 4 tokens, which leaves no room for any context in 3 positions", (await Assert.ThrowsAsync<FaultException>(() => EvaluationRun.PrepareAsync(
            _contents,
            TinyCheckpoint.Make(_contents),
            new LogLikelihoodRules(),
            ["""{"doc_id": 0, "choice": 0, "context": "w1", "continuation": " w2 w3 w4 w5", "gold": 0}"""],
            new AskingRules(MaxLength: 3)))).Message);
    }

    [Fact]
    public async Task A_beginning_token_is_put_before_each_sequence_if_the_tokenizer_has_one()
    {
        var line = """{"doc_id": 0, "choice": 0, "context": "w1", "continuation": " w2", "gold": 0}""";
        var settings = _contents.AddFile("tokenizer_config.json", Encoding.UTF8.GetBytes("""{"bos_token": "<end>"}"""));
        var checkpoint = TinyCheckpoint.Make(_contents);
        var rules = new AskingRules(AddBos: true);

        var asked = await EvaluationRun.RunAsync(_contents, checkpoint with { Files = [.. checkpoint.Files, settings] }, new LogLikelihoodRules(), [line], asking: rules);
        var written = await EvaluationRun.RunAsync(
            _contents, checkpoint, new LogLikelihoodRules(), [line.Replace("\"w1\"", "\"<end> w1\"", StringComparison.Ordinal)]);
        var fault = await Assert.ThrowsAsync<FaultException>(() => EvaluationRun.PrepareAsync(_contents, checkpoint, new LogLikelihoodRules(), [line], rules));

        Assert.Equal(written.Metrics[0].Estimate.Value, asked.Metrics[0].Estimate.Value);
        Assert.Contains("names no beginning token", fault.Message);
    }

    /// <summary>A prompt after which the model says three words, none of which is in another.</summary>
    private async Task<(string Prompt, string[] Words)> ThreeDifferentWordsAsync(Manifest checkpoint)
    {
        string[] prompts = [.. Enumerable.Range(0, 30).Select(i => $"w{i} w{i + 20}")];
        var requests = prompts.Select(prompt => $$"""{"prompt": "{{prompt}}", "answer": "x"}""");
        var result = await EvaluationRun.RunAsync(_contents, checkpoint, new GenerationRules(3, [], Extraction.Whole), requests);
        var outputs = Encoding.UTF8.GetString(result.Samples).Split('\n').SkipLast(1).Select(line => line.Split("\"output\":\"")[1].Split('"')[0].Split(' '));
        return prompts.Zip(outputs).First(item => item.Second.All(word => item.Second.Count(other => other.Contains(word, StringComparison.Ordinal)) == 1) && item.Second.Length == 3);
    }

    private Task<TaskEvaluation> PrepareAsync(TaskRules rules, string line, string? config = null) =>
        EvaluationRun.PrepareAsync(_contents, TinyCheckpoint.Make(_contents, config), rules, [line]);

    private async Task<string> FaultAsync(TaskRules rules, string line, string? config = null)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => PrepareAsync(rules, line, config));
        Assert.Equal(FaultKind.Invalid, fault.Kind);
        return fault.Message;
    }
}
