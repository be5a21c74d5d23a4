using Graft.Evaluator.Answers.Mathematics.Latex;

namespace Graft.Evaluator.Answers.Mathematics;

/// <summary>What decided that two answers of MATH are the same; each is asked only where those before it said no.</summary>
internal enum MathRule
{
    /// <summary>Nothing: they differ.</summary>
    None,

    /// <summary>They are the same text in Minerva's form.</summary>
    Text,

    /// <summary>They are the same text in the form of Hendrycks et al.</summary>
    HendrycksForm,

    /// <summary>They are the same rational number, by exact arithmetic.</summary>
    Arithmetic,

    /// <summary>They agree as expressions: at random points of their variables, to 1e-9.</summary>
    Points,
}

/// <summary>
/// Whether two answers in Minerva's form mean the same. OLMES asks sympy for simplify(a - b) = 0, and for the flexible metric the form of
/// Hendrycks et al. too. Strings come first here; what they cannot tell, a small evaluator of LaTeX expressions does.
/// </summary>
internal static class MathEquivalence
{
    /// <summary>As the strict metric: without the form of Hendrycks et al.</summary>
    public static MathRule Strict(string answer, string gold) => answer == gold ? MathRule.Text : ByValue(answer, gold);

    /// <summary>As the flexible metric.</summary>
    public static MathRule Flexible(string answer, string gold) => answer == gold
        ? MathRule.Text
        : HendrycksForm.AreEqual(answer, gold) ? MathRule.HendrycksForm : ByValue(answer, gold);

    private static MathRule ByValue(string answer, string gold)
    {
        if (LatexParser.Parse(answer) is not { } one || LatexParser.Parse(gold) is not { } other)
        {
            return MathRule.None;
        }

        return one.Exact() is { } a && other.Exact() is { } b
            ? a == b ? MathRule.Arithmetic : MathRule.None
            : RandomPoints.Agree(one, other) ? MathRule.Points : MathRule.None;
    }
}
