using System.Text;
using Graft.Evaluator.Results;
using Graft.Evaluator.Statistics;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Results;

public sealed class ScoresFileTests
{
    [Fact]
    public void Scores_stand_with_their_errors_and_the_number_of_items()
    {
        var result = new TaskResult([("acc_raw", new MeanEstimate(0.25, 0.125)), ("bits_per_byte", new MeanEstimate(2.1, 0.1))], "acc_raw", 8, []);

        Assert.Equal(
            """
            {"metrics":{"acc_raw":{"value":0.25,"stderr":0.125},"bits_per_byte":{"value":2.1,"stderr":0.1}},"items":8,"primary":"acc_raw"}

            """,
            Encoding.UTF8.GetString(ScoresFile.Write(result)));
    }
}
