using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator;
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
