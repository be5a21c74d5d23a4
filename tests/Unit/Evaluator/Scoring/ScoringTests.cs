using Graft.Artifacts;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Scoring;
using Graft.Modeling.Generation;
using Graft.Modeling.Native;
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
        _model = await LoadedModel.ReadAsync(_header, DType.F32, _contents, CancellationToken.None);
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

        var scores = new LogLikelihoodScorer(_model.Transformer, new BatchLimits(100, 16, 4)).Score(requests, (_, _) => { }, CancellationToken.None);

        Assert.Equal(requests.Select(Reference), scores, (expected, actual) => Math.Abs(expected - actual) < 1e-5);
    }

    [Fact]
    public void Greedy_tokens_are_those_of_the_decoder_of_modeling()
    {
        var random = new Random(5);
        int[][] prompts = [.. Enumerable.Range(0, 50).Select(_ => Enumerable.Range(0, random.Next(1, 15)).Select(_ => random.Next(TinyCheckpoint.Words)).ToArray())];
        // Many end tokens, so that rows end at different steps and the batch shrinks.
        HashSet<int> ends = [.. Enumerable.Range(0, 12), TinyCheckpoint.Words];

        var texts = new GenerationScorer(_model.Transformer, new BatchLimits(2000, 16, 4))
            .Generate(prompts, 20, new EndRule(_header.Tokenizer, ends, []), (_, _) => { }, CancellationToken.None);

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

        int[] Generate(string[] stop) => new GenerationScorer(_model.Transformer, new BatchLimits(100, 16, 4))
            .Generate([[3, 1, 4]], 10, new EndRule(_header.Tokenizer, new HashSet<int>(), stop), (_, _) => { }, CancellationToken.None)[0];
    }

    [Fact]
    public void Work_stops_between_batches_and_counts_all_requests()
    {
        EncodedContinuation[] requests = [.. Enumerable.Range(0, 20).Select(i => new EncodedContinuation([i, i + 1, i + 2], 1))];
        using var stop = new CancellationTokenSource();
        var scorer = new LogLikelihoodScorer(_model.Transformer, new BatchLimits(8, 16, 4));
        var (batches, items, tokens) = (0, 0, 0L);

        scorer.Score(requests, (more, moreTokens) => (batches, items, tokens) = (batches + 1, items + more, tokens + moreTokens), stop.Token);
        Assert.Equal((5, 20, 40), (batches, items, tokens));

        batches = 0;
        Assert.Throws<OperationCanceledException>(() => scorer.Score(
            requests,
            (_, _) =>
            {
                batches++;
                stop.Cancel();
            },
            stop.Token));
        Assert.Equal(1, batches);
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
