using Graft.Evaluator.Answers.Mathematics;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Answers.Mathematics;

public sealed class MathAnswerTests
{
    // modeling/math_equivalence_test.py of hendrycks/math, and two of its rules that it does not test.
    [Theory]
    [InlineData(@"\tfrac{1}{2} +\! \frac1{72}", @"\\dfrac{1}{2} +\frac{1}{72}", true)]
    [InlineData(@"10\text{ units}", "10 ", true)]
    [InlineData("10", @"\$10", true)]
    [InlineData(@"\left(x-2\right)\left(x+2\right)", "(x-2)(x+2)", true)]
    [InlineData("0.1", ".1", true)]
    [InlineData(@"10\%", "10", true)]
    [InlineData(@"10\sqrt{3} + \sqrt4", @"10\sqrt3 + \sqrt{4}", true)]
    [InlineData(@"\frac34i", @"\frac{3}{4}i", true)]
    [InlineData(@"\tfrac83", @"\frac{8}{3}", true)]
    [InlineData("1/2", @"\frac{1}{2}", true)]
    [InlineData("0.5", @"\frac{1}{2}", true)]
    [InlineData("x=5", "5", true)]
    [InlineData("10, 4, -2", "4, 10, -2", false)]
    [InlineData(@"10\text{ units}", "100 ", false)]
    [InlineData("0.1, 4, 2", "4, .1, 2", false)]
    [InlineData("f(x)=5", "5", false)]
    [InlineData("01/2", @"\frac{1}{2}", false)]
    // Where the published rules fail, the texts themselves are compared.
    [InlineData(@"\sqrt", @"\sqrt", true)]
    [InlineData(@"1\text{ a}\text{ b}", "1", false)]
    public void Form_of_Hendrycks(string one, string other, bool equal)
    {
        Assert.Equal(equal, HendrycksForm.AreEqual(one, other));
        Assert.Equal(equal, HendrycksForm.AreEqual(other, one));
    }

    [Theory]
    [InlineData("x = 1,234", "1234")]
    [InlineData("1,2", "12")]
    [InlineData(@"$\frac12$", @"\frac{1}{2}")]
    [InlineData(@"5\text{ cm}^2", "5")]
    [InlineData(@"\left(3,4\right)", @"\le(3,4\right)")]
    [InlineData(@"the answer is $x^2$ here", "x^2")]
    [InlineData(@"\text{Evelyn}", "Evelyn")]
    [InlineData(@"45^\circ", "45")]
    public void Form_of_Minerva(string text, string form) => Assert.Equal(form, MinervaForm.Of(text));

    [Theory]
    [InlineData(@"so \boxed{\frac{1}{2}} and \boxed{\sqrt{3}}.", @"\sqrt{3}")]
    [InlineData(@"so $\boxed 7$.", "7")]
    [InlineData(@"so \fbox{8}", "8")]
    [InlineData(@"\fbox{8} \boxed{9", null)]
    [InlineData("nothing", null)]
    public void Last_box(string text, string? inside) => Assert.Equal(inside, Boxed.Last(text));

    [Theory]
    [InlineData("Final Answer: The final answer is $24$. I hope it is correct.", "24", new[] { "24" })]
    [InlineData("Final Answer: The final answer is $24$. ", "24", new[] { "24" })]
    [InlineData(@"We get \boxed{5}.", null, new[] { "5" })]
    [InlineData("Final Answer: The final answer is $2$. I hope it is correct. \\boxed{3}", "2", new[] { "2", "3" })]
    [InlineData("it is $3$ or $4$", null, new[] { "4" })]
    [InlineData("it is 12", null, new[] { "itis12" })]
    public void Answers_are_looked_for_in_order(string text, string? stated, string[] candidates)
    {
        var answer = MathAnswer.Of(text);

        Assert.Equal(stated, answer.Stated);
        Assert.Equal(candidates, answer.Candidates);
    }
}
