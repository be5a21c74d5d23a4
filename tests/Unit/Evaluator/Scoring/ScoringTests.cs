using Graft.Artifacts;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Tokenized;
using Graft.Modeling.Generation;
using Graft.Modeling.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Evaluator.Scoring;

public sealed class ScoringTests : IAsyncLifetime
{
    private readonly MemoryContents _contents = new();
    private CheckpointHeader _header = null!;
    private LoadedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        TorchRuntime.Load();
        _header = await CheckpointHeader.ReadAsync(TinyCheckpoint.Make(_contents), _contents, CancellationToken.None);
        _model = await LoadedModel.ReadAsync(_header, DType.F32, torch.CPU, _contents, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Log_likelihood_is_the_sum_of_log_softmaxes_over_the_continuation()
    {
        EncodedContinuation[] requests = [new([5, 6, 7, 8, 9], 2), new([1, 2], 1), new([5, 6, 7, 8, 10], 4)];

        var scores = Score(requests, [.. Enumerable.Range(0, 3).SelectMany(request => Reading.Of([request], requests, []))], []);

        Assert.Equal(requests.Select(Reference), scores, (expected, actual) => Math.Abs(expected - actual) < 1e-5);
    }

    [Fact]
    public void Branches_and_a_shared_prefix_give_what_each_text_gives_alone()
    {
        var random = new Random(8);
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(TinyCheckpoint.Words))];
        var prefix = Ids(13);
        List<EncodedContinuation> requests = [];
        List<Reading> readings = [];
        for (var document = 0; document < 30; document++)
        {
            // Some do not begin with the prefix.
            int[] context = [.. document % 5 == 0 ? [] : prefix, .. Ids(random.Next(1, 9))];
            var first = requests.Count;
            requests.AddRange(Enumerable.Range(0, random.Next(1, 5)).Select(_ => new EncodedContinuation([.. context, .. Ids(random.Next(1, 6))], context.Length)));
            readings.AddRange(Reading.Of([.. Enumerable.Range(first, requests.Count - first)], requests, prefix));
        }

        var scores = Score(requests, readings, prefix);

        Assert.Equal(requests.Select(Reference), scores, (expected, actual) => Math.Abs(expected - actual) < 1e-4);
        Assert.Equal([0, 13], readings.Select(reading => reading.Prefix).Distinct().Order());
    }

    [Fact]
    public void Greedy_tokens_are_those_of_the_decoder_of_modeling()
    {
        var random = new Random(5);
        int[][] prompts = [.. Enumerable.Range(0, 50).Select(_ => Enumerable.Range(0, random.Next(1, 15)).Select(_ => random.Next(TinyCheckpoint.Words)).ToArray())];
        // Many end tokens, so that rows end at different steps and the batch shrinks.
        HashSet<int> ends = [.. Enumerable.Range(0, 12), TinyCheckpoint.Words];

        var texts = Write(prompts, 20, new EndRule(_header.Tokenizer, ends, []), []);

        // One prompt at a time: no padding.
        var expected = prompts.Select(prompt => GreedyDecoder.Generate(_model.Transformer, [prompt], 20, ends, useCache: true, CancellationToken.None)[0]);
        Assert.Equal(expected, texts);
        Assert.Contains(texts, text => text.Length is > 0 and < 20);
    }

    [Fact]
    public void Text_ends_once_a_stop_string_is_complete()
    {
        var free = Generate(stop: []);
        Assert.Equal(10, free.Length);
        var words = _header.Tokenizer.Decode(free.AsSpan(2, 2));

        var stopped = Generate(stop: [words]);

        Assert.Equal(free[..4], stopped);

        int[] Generate(string[] stop) => Write([[3, 1, 4]], 10, new EndRule(_header.Tokenizer, new HashSet<int>(), stop), [])[0];
    }

    [Fact]
    public void Texts_behind_a_shared_prefix_are_those_of_the_whole_prompts()
    {
        var random = new Random(9);
        int[] prefix = [.. Enumerable.Range(0, 11).Select(_ => random.Next(TinyCheckpoint.Words))];
        int[][] prompts = [.. Enumerable.Range(0, 40).Select(_ => (int[])[.. prefix, .. Enumerable.Range(0, random.Next(1, 25)).Select(_ => random.Next(TinyCheckpoint.Words))])];
        HashSet<int> ends = [.. Enumerable.Range(0, 6), TinyCheckpoint.Words];

        var texts = Write(prompts, 15, new EndRule(_header.Tokenizer, ends, []), prefix);

        Assert.Equal(prompts.Select(prompt => GreedyDecoder.Generate(_model.Transformer, [prompt], 15, ends, useCache: true, CancellationToken.None)[0]), texts);
    }

    [Fact]
    public void Log_probabilities_of_a_text_are_those_of_its_tokens()
    {
        var batch = new PromptBatch([new PromptReading(0, 0, 0, [3, 1, 4])], 16);
        using var texts = new TextBatch(_model.Transformer, batch, null, 5, new BatchLimits(100, 16, 4));

        var text = texts.Write(new EndRule(_header.Tokenizer, new HashSet<int>(), []), new TokenChoice(null), CancellationToken.None)[0];

        Assert.Equal(Reference(new EncodedContinuation([3, 1, 4, .. text.Ids], 3)), text.LogProbabilities.Sum(value => (double)value), 1e-4);
    }

    private double[] Score(IReadOnlyList<EncodedContinuation> requests, IReadOnlyList<Reading> readings, int[] prefix)
    {
        using var shared = prefix.Length > 0 ? SharedPrefix.Read(_model.Transformer, prefix) : null;
        using var scorer = new LogLikelihoodScorer(_model.Transformer, shared, new BatchLimits(100, 16, 4));
        var sums = new double[requests.Count];
        foreach (var batch in scorer.Batches(readings))
        {
            scorer.Score(batch, sums);
        }

        return sums;
    }

    private int[][] Write(int[][] prompts, int maxNewTokens, EndRule end, int[] prefix)
    {
        using var shared = prefix.Length > 0 ? SharedPrefix.Read(_model.Transformer, prefix) : null;
        var scorer = new GenerationScorer(_model.Transformer, shared, new BatchLimits(2000, 16, 4), maxNewTokens, end, new TokenChoice(null));
        var texts = new int[prompts.Length][];
        foreach (var batch in scorer.Batches(prompts.Select((prompt, i) => PromptReading.Of(i, i, new EncodedPrompt(prompt), prefix))))
        {
            foreach (var (prompt, text) in batch.Prompts.Zip(scorer.Write(batch, CancellationToken.None)))
            {
                texts[prompt.Prompt] = text.Ids;
            }
        }

        return texts;
    }

    private double Reference(EncodedContinuation request)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var ids = tensor(Array.ConvertAll(request.Ids, id => (long)id)).unsqueeze(0);
        var logProbabilities = nn.functional.log_softmax(_model.Transformer.Logits(_model.Transformer.Forward(ids)).to_type(ScalarType.Float64), -1);
        return Enumerable.Range(request.ContextLength, request.Length).Sum(i => logProbabilities[0, i - 1, request.Ids[i]].item<double>());
    }
}
