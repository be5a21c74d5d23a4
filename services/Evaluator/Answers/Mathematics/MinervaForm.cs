using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers.Mathematics;

/// <summary>
/// The form of a final answer in which Minerva compared it (Lewkowycz et al., 2022, arXiv 2206.14858, appendix D.1). The list is applied as
/// published, with what everybody knows is odd about it: "ft" is removed from \left too.
/// </summary>
internal static partial class MinervaForm
{
    private static readonly (string Before, string After)[] _replaced =
    [
        ("an ", ""), ("a ", ""), (".$", "$"), (@"\$", ""), (@"\ ", ""), (" ", ""), ("mbox", "text"),
        (@",\text{and}", ","), (@"\text{and}", ","), (@"\text{m}", @"\text{}"),
    ];

    private static readonly string[] _removed =
    [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", @"\ldots", "sue", "points", "feet", "minutes",
        "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students", "childrentickets", "multiples",
        @"\text{s}", @"\text{.}", "\\text{\ns}", @"\text{}^2", @"\text{}^3", "\\text{\n}", @"\text{}", @"\mathrm{th}", @"^\circ", @"^{\circ}",
        @"\;", @",\!", "{,}", "\"", @"\dots",
    ];

    public static string Of(string answer)
    {
        answer = answer[(answer.LastIndexOf('=') + 1)..];
        foreach (var (before, after) in _replaced)
        {
            answer = answer.Replace(before, after, StringComparison.Ordinal);
        }

        foreach (var text in _removed)
        {
            answer = answer.Replace(text, "", StringComparison.Ordinal);
        }

        answer = BetweenDollars().Replace(answer, "$$$3$$");
        answer = Text().Replace(answer, "$1");
        answer = Bold().Replace(answer, "$1");
        answer = Overline().Replace(answer, "$1");
        answer = BoxedText().Replace(answer, "$1");
        answer = BareFraction().Replace(answer, "frac{$1}{$2}");
        answer = BareRoot().Replace(answer, "sqrt{$1}").Replace("$", "", StringComparison.Ordinal);
        var digits = answer.Replace(",", "", StringComparison.Ordinal);
        return digits.Length > 0 && digits.All(char.IsDigit) ? digits : answer;
    }

    [GeneratedRegex(@"(.*?)(\$)(.*?)(\$)(.*)")]
    private static partial Regex BetweenDollars();

    [GeneratedRegex(@"\\text\{(.*?)\}")]
    private static partial Regex Text();

    [GeneratedRegex(@"\\textbf\{(.*?)\}")]
    private static partial Regex Bold();

    [GeneratedRegex(@"\\overline\{(.*?)\}")]
    private static partial Regex Overline();

    [GeneratedRegex(@"\\boxed\{(.*)\}")]
    private static partial Regex BoxedText();

    [GeneratedRegex("frac([^{])(.)")]
    private static partial Regex BareFraction();

    [GeneratedRegex("sqrt([^{])")]
    private static partial Regex BareRoot();
}
