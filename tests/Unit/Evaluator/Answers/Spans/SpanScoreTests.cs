using CsCheck;
using Graft.Evaluator.Answers.Spans;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Answers.Spans;

public sealed class SpanScoreTests
{
    public static TheoryData<string[], string[], double, double> Published => new()
    {
        // tests/eval/drop_eval_test.py of allennlp-reading-comprehension.
        { ["78"], ["78.0"], 1, 1 },
        { ["td"], ["td", "td"], 0, 0.5 },
        { ["a"], ["a", "b"], 0, 0.5 },
        { ["Elton John"], ["John Elton"], 0, 1 },
        { ["78-yard"], ["78 yard"], 1, 1 },
        { ["78"], ["78-yard"], 0, 0.67 },
        { ["23 yards"], ["43 yards"], 0, 0 },
        { ["56 yards"], ["56 yd"], 0, 0.5 },
        { ["packers"], ["Green bay packers"], 0, 0.5 },
        { ["78-yard", "56", "28", "40", "44", "touchdown"], ["78-yard", "56 yard", "1 yard touchdown"], 0, 0.28 },
        { ["cat"], ["the", "fat", "cat", "the fat", "fat cat", "the fat cat"], 0, 0.17 },
        { ["23", "23 yard"], ["23-yard", "56 yards"], 0, 0.5 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Published_scores(string[] predicted, string[] gold, double exactMatch, double f1) =>
        Assert.Equal(new SpanScore(exactMatch, f1), SpanScore.Of(predicted, gold));

    [Theory]
    [InlineData("12.0 persons", "12.0 persons")]
    [InlineData("S.K. Singh", "sk singh")]
    [InlineData("  1.2e1  ", "12.0")]
    [InlineData("5", "5.0")]
    [InlineData("3.5%", "35.0")]
    [InlineData("$1,000", "1000.0")]
    [InlineData("-5", "5.0")]
    [InlineData("1_000 inf", "1000.0 inf")]
    [InlineData("The cat", "cat")]
    public void Normal_form(string text, string form) => Assert.Equal(form, SpanText.Normalize(text));

    [Theory]
    [InlineData(5.0, "5.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(123456789.125, "123456789.125")]
    [InlineData(1e22, "1e+22")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(9999999999999998.0, "9999999999999998.0")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(double.NegativeInfinity, "-inf")]
    [InlineData(double.NaN, "nan")]
    public void Numbers_are_written_as_Python_does(double value, string text)
    {
        Assert.Equal(text, PythonFloat.Write(value));
        Assert.Equal(value, PythonFloat.Parse(text));
    }

    [Theory]
    [InlineData("1e3", 1000.0)]
    [InlineData(" +.5 ", 0.5)]
    [InlineData("5.", 5.0)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("1__0", null)]
    [InlineData("_1", null)]
    [InlineData("1,000", null)]
    [InlineData("0x10", null)]
    [InlineData("", null)]
    public void Numbers_are_read_as_Python_does(string text, double? value) => Assert.Equal(value, PythonFloat.Parse(text));

    [Fact]
    public void Middles_are_rounded_as_Python_does()
    {
        // 2PR / (P + R) = 2 * common / (words of both): 1/8 lies in the middle and goes to even, as 3/8 does.
        Assert.Equal(0.12, SpanScore.Of(["x"], ["x b c d e f g h i j k l m n o"]).F1);
        Assert.Equal(0.38, SpanScore.Of(["x y z"], ["x y z d e f g h i j k l m"]).F1);
    }

    [Fact]
    public void The_best_gold_answer_counts_and_blank_ones_do_not()
    {
        Assert.Equal(new SpanScore(1, 1), SpanScore.Best(" 4 ", [["three"], ["4"]]));
        Assert.Equal(default, SpanScore.Best("", [[" "]]));
    }

    [Fact]
    public void Pairing_is_the_best_of_all_pairings() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 4]).SelectMany((rows, columns) => Gen.Double[0, 1].Array2D[rows, columns]).Sample(scores =>
            Assert.Equal(BestByTrying(scores, 0, []), Assignment.Best(scores), 1e-12));

    [Fact]
    public void Squad_counts_words()
    {
        Assert.Equal(new SquadScore(1, 1), SquadScore.Best("The Cat!", ["cat"]));
        Assert.Equal(new SquadScore(0, 0.8), SquadScore.Best("cat cat dog", ["cat dog"]));
        Assert.Equal(new SquadScore(0, 0), SquadScore.Best("5", ["5.0"]));
        Assert.Equal(new SquadScore(1, 1), SquadScore.Best("a b", ["x", "b"]));
    }

    private static double BestByTrying(double[,] scores, int row, HashSet<int> used)
    {
        if (row == scores.GetLength(0))
        {
            return 0;
        }

        var best = BestByTrying(scores, row + 1, used);
        foreach (var column in Enumerable.Range(0, scores.GetLength(1)).Where(column => !used.Contains(column)).ToArray())
        {
            best = Math.Max(best, scores[row, column] + BestByTrying(scores, row + 1, [.. used, column]));
        }

        return best;
    }
}
