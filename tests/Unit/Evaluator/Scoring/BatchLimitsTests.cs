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

        var limits = BatchLimits.Of(new EvaluatorOptions { Threads = threads, BatchTokens = 500, CacheMegabytes = 1 }, config);

        // A token's keys and values: 2 layers, 4 heads of 16 numbers of 4 bytes, twice.
        Assert.Equal(new BatchLimits(500, least, multiple, 1024), limits);
    }

    [Fact]
    public void Batches_take_what_tokens_and_memory_allow_but_not_less_than_is_computed_anyway()
    {
        var limits = new BatchLimits(Tokens: 100, LeastRows: 8, RowMultiple: 4, CachedTokens: 1000);

        Assert.Equal(10, limits.MostReadings(kept: 10, tokens: 10, fewest: 8));
        Assert.Equal(9, limits.MostReadings(kept: 110, tokens: 10, fewest: 8));
        Assert.Equal(8, limits.MostReadings(kept: 30, tokens: 30, fewest: 8));
        Assert.Equal([0, 4, 4, 8], new[] { 0, 1, 4, 5 }.Select(limits.RoundUp));
    }
}
