using Graft.Faults;
using Graft.Modeling.Generation;
using TorchSharp;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Generation;

public sealed class GreedyDecoderTests
{
    private static readonly HashSet<int> _none = [];

    public static TheoryData<string, bool> Cases => new() { { "olmo2", true }, { "olmo2", false }, { "llama", true }, { "llama", false } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tokens_do_not_depend_on_companions_or_cache(string name, bool useCache)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        int[][] prompts = [.. Enumerable.Range(0, 7).Select(i => RandomModel.Prompt(1 + (i * 5 % 11), i))];

        var together = Generate(random, prompts, 20, _none, useCache);
        var alone = prompts.Select(prompt => Generate(random, [prompt], 20, _none, true)[0]);

        Assert.Equal(alone, together);
        Assert.All(together, tokens => Assert.Equal(20, tokens.Length));
        Assert.True(together.SelectMany(tokens => tokens).Distinct().Count() > 5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_stops_at_an_end_token_and_the_others_go_on(string name, bool useCache)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        int[][] prompts = [.. Enumerable.Range(0, 7).Select(i => RandomModel.Prompt(3 + i, i))];
        var endless = Generate(random, prompts, 16, _none, true);
        // Tokens that end the rows at different steps: the batch shrinks more than once.
        HashSet<int> ends = [endless[0][0], endless[1][2], endless[2][4], endless[3][9]];

        var tokens = Generate(random, prompts, 16, ends, useCache);

        Assert.Equal(endless.Select(row => row.TakeWhile(token => !ends.Contains(token)).ToArray()), tokens);
        Assert.Empty(tokens[0]);
    }

    [Fact]
    public void A_trained_model_tells_the_same_story_in_company()
    {
        using var golden = GoldenModel.Require("golden/stories260K-hf");
        int[][] prompts = [[1], [1, 403, 407, 261], [1, 300], [1, 403], [1, 403, 407], [1, 298, 315, 421, 395, 317, 426], [1, 261, 370]];

        var together = GreedyDecoder.Generate(golden.Model, prompts, 60, _none, true, TestContext.Current.CancellationToken);
        var alone = prompts.Select(
            prompt => GreedyDecoder.Generate(golden.Model, [prompt], 60, _none, true, TestContext.Current.CancellationToken)[0]);

        Assert.Equal(alone, together);
    }

    [Fact]
    public void No_prompts_and_no_tokens_give_nothing()
    {
        using var random = new RandomModel(RandomModel.Olmo);

        Assert.Empty(Generate(random, [], 5, _none, true));
        Assert.Equal([[], []], Generate(random, [[1], [2]], 0, _none, true));
    }

    [Fact]
    public void A_prompt_that_is_empty_or_outside_the_vocabulary_is_refused()
    {
        using var random = new RandomModel(RandomModel.Olmo);

        var empty = Assert.Throws<FaultException>(() => Generate(random, [[1], []], 5, _none, true));
        var outside = Assert.Throws<FaultException>(() => Generate(random, [[1, 97]], 5, _none, true));

        Assert.Equal("prompts[1]", empty.Field);
        Assert.Contains("97", outside.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_stops_before_the_next_token()
    {
        using var random = new RandomModel(RandomModel.Olmo);

        Assert.Throws<OperationCanceledException>(
            () => GreedyDecoder.Generate(random.Model, [[1]], 5, _none, true, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var random = new RandomModel(RandomModel.Olmo);
        int[][] prompts = [[1, 2, 3], [4]];
        Generate(random, prompts, 4, _none, true);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        Generate(random, prompts, 8, _none, true);
        Generate(random, prompts, 8, _none, false);

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static int[][] Generate(RandomModel random, IReadOnlyList<int[]> prompts, int count, IReadOnlySet<int> ends, bool useCache) =>
        GreedyDecoder.Generate(random.Model, prompts, count, ends, useCache, TestContext.Current.CancellationToken);
}
