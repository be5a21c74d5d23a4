using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Results;
using Graft.Evaluator.Tasks;
using Xunit;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>No score depends on how requests are put together: the files of an evaluation are the same bytes.</summary>
public sealed class BatchIndependenceTests
{
    // Stop strings that are often said, so that texts end at different steps.
    private static readonly GenerationRules _generation = new(12, ["w7", "w3"], Extraction.LastNumber);

    private readonly MemoryContents _contents = new();

    [Theory]
    [InlineData("Olmo2ForCausalLM", DType.F32)]
    [InlineData("Olmo2ForCausalLM", DType.BF16)]
    [InlineData("LlamaForCausalLM", DType.F32)]
    public async Task Log_likelihoods_are_the_same_bits_for_every_budget_and_order(string architecture, DType compute)
    {
        var checkpoint = TinyCheckpoint.Make(_contents, TinyCheckpoint.Config(architecture));
        var lines = Choices(new Random(3), documents: 60);

        await AllEqualAsync(checkpoint, new LogLikelihoodRules(), lines, [.. lines.Reverse()], compute);
    }

    [Theory]
    [InlineData("Olmo2ForCausalLM", DType.F32)]
    [InlineData("Olmo2ForCausalLM", DType.BF16)]
    [InlineData("LlamaForCausalLM", DType.F32)]
    public async Task Generated_texts_are_the_same_for_every_budget(string architecture, DType compute)
    {
        var checkpoint = TinyCheckpoint.Make(_contents, TinyCheckpoint.Config(architecture));

        await AllEqualAsync(checkpoint, _generation, Prompts(new Random(4), 150), null, compute);
    }

    [Fact]
    public async Task Requests_score_alone_what_they_score_in_company()
    {
        var checkpoint = TinyCheckpoint.Make(_contents);
        var choices = Choices(new Random(5), documents: 12);
        var prompts = Prompts(new Random(6), 12);

        foreach (var document in choices.GroupBy(line => line.Split(',')[0]))
        {
            Assert.Contains(await SamplesAsync(new LogLikelihoodRules(), [.. document]), await SamplesAsync(new LogLikelihoodRules(), choices));
        }

        foreach (var prompt in prompts)
        {
            // Alone its number is 0.
            var alone = (await SamplesAsync(_generation, [prompt])).Split(',', 2)[1];
            Assert.Contains(alone, await SamplesAsync(_generation, prompts));
        }

        async Task<string> SamplesAsync(TaskRules rules, IReadOnlyList<string> lines) =>
            Encoding.UTF8.GetString((await EvaluationRun.RunAsync(_contents, checkpoint, rules, lines)).Samples);
    }

    [Fact]
    public async Task A_named_task_with_a_shared_prefix_gives_the_same_bytes_for_every_budget_and_about_those_of_whole_prompts()
    {
        var checkpoint = TinyCheckpoint.Make(_contents, TinyCheckpoint.Config(positions: 2048));
        var rows = Enumerable.Range(0, 40).Select(i => Line(new { question = TinyCheckpoint.Text(new Random(i), 3 + (i % 7)), answer = new[] { TinyCheckpoint.Text(new Random(-i), 1 + (i % 3)) } })).ToArray();
        var shots = string.Join('\n', Enumerable.Range(0, 5).Select(i => Line(new { question = TinyCheckpoint.Text(new Random(100 + i), 6), answer = new[] { "w1" } })));
        var fewShot = new FewShotFiles([("shots.jsonl", Encoding.UTF8.GetBytes(shots))]);
        var task = TaskSource.Make(
            new NamedTaskRules("naturalqs::olmes"), [("rows.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', rows)))], fewShot, (await HeaderAsync()).Tokenizer);

        var all = await RunAsync(task, int.MaxValue);
        foreach (var budget in new[] { 1, 100, 1000 })
        {
            Assert.Equal(EvaluationRun.Files(all), EvaluationRun.Files(await RunAsync(task, budget)));
        }

        var whole = await RunAsync(task with { Shared = "" }, 1000);
        Assert.All(all.Metrics.Zip(whole.Metrics), pair => Assert.Equal(pair.Second.Estimate.Value, pair.First.Estimate.Value, 1e-4));

        Task<CheckpointHeader> HeaderAsync() => CheckpointHeader.ReadAsync(checkpoint, _contents, CancellationToken.None);
        async Task<TaskResult> RunAsync(EvaluationTask made, int budget) => await EvaluationRun.RunAsync(
            _contents, checkpoint, new TaskEvaluation(made, new AskingRules(), await HeaderAsync()), new EvaluatorOptions { BatchTokens = budget }, DType.F32);
    }

    [Theory]
    [InlineData(1.0, 0.9)]
    [InlineData(2.0, 1.0)]
    public async Task Drawn_texts_depend_on_seed_and_item_alone(double temperature, double topP)
    {
        var checkpoint = TinyCheckpoint.Make(_contents);
        var lines = Prompts(new Random(7), 60);
        // The same prompt again is another item.
        lines[59] = lines[0];

        var all = await OutputsAsync(lines, int.MaxValue, seed: 1);

        Assert.Equal(all, await OutputsAsync(lines, 30, seed: 1));
        Assert.Equal(all[..10], await OutputsAsync(lines[..10], 1000, seed: 1));
        Assert.NotEqual(all, await OutputsAsync(lines, 1000, seed: 2));
        Assert.NotEqual(all[0], all[59]);

        async Task<string[]> OutputsAsync(string[] requests, int budget, ulong seed)
        {
            var asking = new AskingRules(Sampling: new Sampling(temperature, topP, seed));
            var result = await EvaluationRun.RunAsync(
                _contents, checkpoint, new GenerationRules(8, [], Extraction.Whole), requests, new EvaluatorOptions { BatchTokens = budget }, asking: asking);
            return [.. Encoding.UTF8.GetString(result.Samples).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("\"output\":\"")[1].Split('"')[0])];
        }
    }

    private async Task AllEqualAsync(
        Manifest checkpoint, TaskRules rules, IReadOnlyList<string> lines, IReadOnlyList<string>? reordered, DType compute)
    {
        var all = await FilesAsync(lines, int.MaxValue);
        foreach (var budget in new[] { 1, 40, 333, 1000 })
        {
            Assert.Equal(all, await FilesAsync(lines, budget));
        }

        Assert.Equal(all, await FilesAsync(reordered ?? lines, 1000));

        async Task<string> FilesAsync(IReadOnlyList<string> requests, int budget)
        {
            var options = new EvaluatorOptions { BatchTokens = budget };
            return EvaluationRun.Files(await EvaluationRun.RunAsync(_contents, checkpoint, rules, requests, options, compute));
        }
    }

    // Short ones of few lengths, so that batches are large enough to be split and to shrink as rows end.
    private static string[] Prompts(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Line(new { prompt = TinyCheckpoint.Text(random, random.Next(1, 6)), answer = "1" }))];

    private static string[] Choices(Random random, int documents) =>
    [
        .. Enumerable.Range(0, documents).SelectMany(id =>
        {
            var context = TinyCheckpoint.Text(random, random.Next(1, 20));
            var choices = random.Next(1, 5);
            var gold = random.Next(choices);
            // Continuations of one word and of several.
            return Enumerable.Range(0, choices).Select(choice => Line(
                new { doc_id = id, choice, context, continuation = " " + TinyCheckpoint.Text(random, id % 2 == 0 ? 1 : random.Next(1, 6)), gold }));
        }),
    ];

    private static string Line(object request) => JsonSerializer.Serialize(request);
}
