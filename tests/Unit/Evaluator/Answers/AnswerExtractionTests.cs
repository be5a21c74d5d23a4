using Graft.Artifacts.Recipes;
using Graft.Evaluator.Answers;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Answers;

public sealed class AnswerExtractionTests
{
    [Theory]
    [InlineData("5 + 7 = 12", "12")]
    [InlineData("5 + 7 = 12 ; 12 - 4 = 8", "8")]
    [InlineData("So the answer is 1,234,567.", "1234567")]
    [InlineData("1,2,3", "12,3 is 3")]
    [InlineData("It costs $18.50 in all", "18.50")]
    [InlineData("about .5 of them", ".5")]
    [InlineData("18.", "18")]
    [InlineData("the answer is -10", "-10")]
    [InlineData("x=-3", "-3")]
    [InlineData("12-5", "5")]
    [InlineData("(4)-2", "2")]
    [InlineData("covid-19", "19")]
    [InlineData("7 apples\n3 pears", "3")]
    [InlineData("007", "007")]
    [InlineData("\u0663", null)]
    [InlineData("none", null)]
    [InlineData("", null)]
    public void Last_number_is_the_last_of_the_text(string text, string? number)
    {
        // OLMES removes commas in one pass, so that of "1,2,3" the second comma stays and 3 is the last number.
        Assert.Equal(number == "12,3 is 3" ? "3" : number, AnswerExtraction.Find(text, Extraction.LastNumber));
    }

    [Theory]
    [InlineData("  Paris \n", "Paris")]
    [InlineData("\n", "")]
    public void Whole_text_is_trimmed(string text, string answer) => Assert.Equal(answer, AnswerExtraction.Find(text, Extraction.Whole));

    [Theory]
    [InlineData("one Question: two", "one ")]
    [InlineData("one\n\nQuestion: two", "one")]
    [InlineData("one", "one")]
    [InlineData("Question:", "")]
    public void Text_is_cut_before_the_earliest_stop_string(string text, string cut) => Assert.Equal(cut, StopStrings.Cut(text, ["Question:", "\n\n"]));

    [Fact]
    public void Without_stop_strings_nothing_is_cut() => Assert.Equal("a\n\nb", StopStrings.Cut("a\n\nb", []));
}
