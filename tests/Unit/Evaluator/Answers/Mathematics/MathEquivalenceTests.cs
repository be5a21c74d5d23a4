using System.Globalization;
using CsCheck;
using Graft.Evaluator.Answers.Mathematics;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Answers.Mathematics;

public sealed class MathEquivalenceTests
{
    // The names are the rules: the enum is the evaluator's own.
    [Theory]
    [InlineData("12", "12", "Text")]
    [InlineData(@"\text{Evelyn}", @"\text{Evelyn}", "Text")]
    [InlineData("1/2", @"\frac{1}{2}", "HendrycksForm")]
    [InlineData("0.25", @"\frac{1}{4}", "Arithmetic")]
    [InlineData(@"\frac{2}{4}", @"\frac{1}{2}", "Arithmetic")]
    [InlineData(@"2\cdot 3", "6", "Arithmetic")]
    [InlineData(@"\sqrt{16}", "4", "Arithmetic")]
    [InlineData(@"\sqrt[3]{\frac{8}{27}}", @"\frac{2}{3}", "Arithmetic")]
    [InlineData("2^{10}", "1024", "Arithmetic")]
    [InlineData("2^10", "1024", "Arithmetic")]
    [InlineData(@"\frac12x", @"0.5x", "Points")]
    [InlineData("4^{-1/2}", "0.5", "Arithmetic")]
    [InlineData("-(3-5)", "2", "Arithmetic")]
    [InlineData("1,000,000", "1000000", "Arithmetic")]
    [InlineData(@"50\%", "50", "HendrycksForm")]
    [InlineData(@"12\text{ cm}^2", "12.0", "Arithmetic")]
    [InlineData(@"2\sqrt{3}", @"\sqrt{12}", "Points")]
    [InlineData(@"\frac{1}{\sqrt{2}}", @"\frac{\sqrt{2}}{2}", "Points")]
    [InlineData("(x+1)^2", "x^2+2x+1", "Points")]
    [InlineData(@"\frac{x^2-1}{x-1}", "x+1", "Points")]
    [InlineData("y+x", "x+y", "Points")]
    [InlineData(@"\frac{\pi}{2}", @"0.5\pi", "Points")]
    [InlineData(@"\frac{3\pi}{4}", @"\frac{3}{4}\pi", "Points")]
    [InlineData("12", "13", "None")]
    [InlineData("3.14159", @"\pi", "None")]
    [InlineData("(1,2)", "(2,1)", "None")]
    [InlineData("x+1", "x+2", "None")]
    [InlineData("xy", "x", "None")]
    [InlineData("[2,5)", "[2,5]", "None")]
    [InlineData(@"\frac{1}{0}", @"\frac{2}{0}", "None")]
    [InlineData(@"0^{-1}", "1", "None")]
    [InlineData("9^{9^{9^9}}", "9^{9^{9^8}}", "None")]
    [InlineData("1+", "1", "None")]
    [InlineData(@"\sin x", "x", "None")]
    [InlineData("", "0", "None")]
    public void What_decides(string answer, string gold, string rule)
    {
        Assert.Equal(rule, MathEquivalence.Flexible(answer, gold).ToString());
        Assert.Equal(rule, MathEquivalence.Flexible(gold, answer).ToString());
    }

    [Fact]
    public void The_strict_metric_does_not_know_the_form_of_Hendrycks()
    {
        Assert.Equal(MathRule.Arithmetic, MathEquivalence.Strict("1/2", @"\frac{1}{2}"));
        Assert.Equal(MathRule.None, MathEquivalence.Strict(@"\left(1,2\right)", "(1,2)"));
    }

    [Fact]
    public void A_rational_number_is_equal_to_itself_however_it_is_written_and_to_no_other() => Gen.Select(Gen.Int[-999, 999], Gen.Int[1, 999], Gen.Int[1, 30]).Sample((above, below, factor) =>
    {
        var plain = $@"\frac{{{above}}}{{{below}}}";
        Assert.True(MathEquivalence.Strict(plain, $"{above * factor}/{below * factor}") is MathRule.Arithmetic or MathRule.Text);
        Assert.Equal(MathRule.None, MathEquivalence.Strict(plain, $@"\frac{{{above * factor + 1}}}{{{below * factor}}}"));
    });

    [Fact]
    public void A_decimal_is_its_fraction() => Gen.Int[-99999, 99999].Sample(thousandths =>
    {
        var number = (thousandths / 1000m).ToString("F3", CultureInfo.InvariantCulture);
        Assert.Equal(MathRule.Arithmetic, MathEquivalence.Strict(number, $@"\frac{{{thousandths}}}{{1000}}"));
    });

    [Fact]
    public void Polynomials_are_equal_to_what_they_expand_to() => Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20]).Sample((a, b) =>
    {
        Assert.Equal(MathRule.Points, MathEquivalence.Strict($"(x+{a})(x-{b})", $"x^2+{a}x-{b}x-{a * b}"));
        Assert.Equal(MathRule.None, MathEquivalence.Strict($"(x+{a})(x-{b})", $"x^2+{a}x-{b}x-{a * b + 1}"));
    });

    [Fact]
    public void Hostile_text_is_only_unequal()
    {
        string[] texts = [new('(', 5000), string.Concat(Enumerable.Repeat(@"\sqrt", 200)) + "2", string.Concat(Enumerable.Repeat("(", 300)) + "1", new('-', 900), "2" + string.Concat(Enumerable.Repeat("^2", 400))];

        Assert.All(texts, text => Assert.Equal(MathRule.None, MathEquivalence.Flexible(text, "1")));
        Gen.String[Gen.Char[@"\{}()^+-/12x$,. "], 0, 40].Sample(text => MathEquivalence.Flexible(text, "12") is >= MathRule.None);
    }
}
