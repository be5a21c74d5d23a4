using Graft.Evaluator.Answers;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Answers;

public sealed class GsmAnswerTests
{
    [Theory]
    [InlineData("So the answer is 6.", "6")]
    [InlineData("1,234,567", "1234567")]
    [InlineData("1,2,3", "3")]
    [InlineData("the answer is -10", "10")]
    [InlineData("-2.50 in all", "-2.50")]
    [InlineData("18.00", "18.00")]
    [InlineData("18.", "18")]
    [InlineData("$18 and .5", ".5")]
    [InlineData("none", "none")]
    [InlineData("", "")]
    public void The_last_number_counts_with_the_quirks_of_OLMES(string text, string answer) => Assert.Equal(answer, GsmAnswer.Extract(text));

    [Theory]
    [InlineData("18", "18", true)]
    [InlineData("1,000", "1000", true)]
    [InlineData("$5.", "5", true)]
    [InlineData("so it is\n#### 5", "5", true)]
    [InlineData("Five", "five", true)]
    [InlineData("18.00", "18", false)]
    public void Commas_dollars_marks_a_last_full_stop_and_case_are_ignored(string answer, string gold, bool equal) =>
        Assert.Equal(equal, ExactMatch.AreEqual(answer, gold));

    [Fact]
    public void A_solution_is_told_in_one_line() => Assert.Equal(
        "He has 2 + 3 = 5 apples. That is 5 * 2 = 10 in - all. So the answer is 10.",
        GsmAnswer.Told("he has 2+3=<<2+3=5>>5 apples.\nThat is 5*2 = <<5*2=10>>10 in-all\n#### 10"));
}
