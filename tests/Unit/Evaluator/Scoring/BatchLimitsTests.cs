using System.Text;
using Graft.Evaluator;
using Graft.Evaluator.Scoring;
using Graft.Modeling.Configuration;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Scoring;

public sealed class BatchLimitsTests
{
    [Theory]
    [InlineData(176, 1, 8, 4)]
    [InlineData(172, 1, 8, 16)]
    [InlineData(8192, 1, 8, 4)]
    [InlineData(8192, 8, 64, 4)]
    [InlineData(11008, 6, 48, 12)]
    [InlineData(176, 2, 373, 8)]
    public void Rows_are_enough_for_the_kernels_and_leave_no_rest_of_a_vector(int intermediate, int threads, int least, int multiple)
    {
        var config = ModelConfig.Parse(Encoding.UTF8.GetBytes(
            TinyCheckpoint.Config().Replace("\"intermediate_size\": 176", $"\"intermediate_size\": {intermediate}", StringComparison.Ordinal)));

        Assert.Equal(new BatchLimits(500, least, multiple), BatchLimits.Of(new EvaluatorOptions { Threads = threads, BatchTokens = 500 }, config));
    }

    [Fact]
    public void Batches_take_what_the_budget_allows_but_not_less_than_is_computed_anyway()
    {
        var limits = new BatchLimits(Tokens: 100, LeastRows: 8, RowMultiple: 4);

        Assert.Equal(10, limits.MostSequences(tokens: 10, fewest: 8));
        Assert.Equal(8, limits.MostSequences(tokens: 30, fewest: 8));
        Assert.Equal([0, 4, 4, 8], new[] { 0, 1, 4, 5 }.Select(limits.RoundUp));
    }
}
