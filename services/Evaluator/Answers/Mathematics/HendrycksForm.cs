using System.Globalization;
using System.Text;

namespace Graft.Evaluator.Answers.Mathematics;

/// <summary>
/// The form in which the authors of MATH compare answers (Hendrycks et al., 2021; modeling/math_equivalence.py of their repository), rule by
/// rule in their order.
/// </summary>
internal static class HendrycksForm
{
    private const string UnitMark = @"\text{ ";

    /// <summary>Whether two answers have the same form; compared as they are where one of them has none.</summary>
    public static bool AreEqual(string answer, string gold) =>
        Of(answer) is { } one && Of(gold) is { } other
            ? string.Equals(one, other, StringComparison.Ordinal)
            : string.Equals(answer, gold, StringComparison.Ordinal);

    /// <returns>Null where the published rules fail: two units, or a \frac or \sqrt with nothing behind it.</returns>
    public static string? Of(string answer)
    {
        answer = answer.Replace("\n", "", StringComparison.Ordinal).Replace(@"\!", "", StringComparison.Ordinal)
            .Replace(@"\\", @"\", StringComparison.Ordinal).Replace("tfrac", "frac", StringComparison.Ordinal).Replace("dfrac", "frac", StringComparison.Ordinal)
            .Replace(@"\left", "", StringComparison.Ordinal).Replace(@"\right", "", StringComparison.Ordinal)
            .Replace(@"^{\circ}", "", StringComparison.Ordinal).Replace(@"^\circ", "", StringComparison.Ordinal).Replace(@"\$", "", StringComparison.Ordinal);
        if (answer.Split(UnitMark) is not ([_] or [_, _]))
        {
            return null;
        }

        answer = answer.Split(UnitMark)[0].Replace(@"\%", "", StringComparison.Ordinal)
            .Replace(" .", " 0.", StringComparison.Ordinal).Replace("{.", "{0.", StringComparison.Ordinal);
        if (answer.Length == 0)
        {
            return answer;
        }

        answer = answer[0] == '.' ? $"0{answer}" : answer;
        answer = answer.Split('=') is [{ Length: <= 2 }, var right] ? right : answer;
        return WithRoots(answer) is { } rooted && WithFractions(rooted.Replace(" ", "", StringComparison.Ordinal)) is { } whole
            ? Slashed(whole == "0.5" ? @"\frac{1}{2}" : whole)
            : null;
    }

    /// <summary>\sqrt3 becomes \sqrt{3}.</summary>
    private static string? WithRoots(string text)
    {
        var parts = text.Split(@"\sqrt");
        return parts.Skip(1).Any(part => part.Length == 0)
            ? null
            : string.Concat(parts.Select((part, i) => i == 0 ? part : part[0] == '{' ? $@"\sqrt{part}" : $@"\sqrt{{{part[0]}}}{part[1..]}"));
    }

    /// <summary>\frac12 becomes \frac{1}{2}, and \frac1{72} becomes \frac{1}{72}.</summary>
    private static string? WithFractions(string text)
    {
        var parts = text.Split(@"\frac");
        var result = new StringBuilder(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            switch (part)
            {
                case "":
                    return null;
                case ['{', ..]:
                    result.Append(@"\frac").Append(part);
                    break;
                case [_]:
                    return text;
                case [var above, '{', ..]:
                    result.Append(@"\frac{").Append(above).Append('}').Append(part.AsSpan(1));
                    break;
                default:
                    result.Append(@"\frac{").Append(part[0]).Append("}{").Append(part[1]).Append('}').Append(part.AsSpan(2));
                    break;
            }
        }

        return result.ToString();
    }

    /// <summary>Two whole numbers with a slash between them become a fraction, if they are written as numbers are.</summary>
    private static string Slashed(string text) =>
        text.Split('/') is [var above, var below] && IsWhole(above) && IsWhole(below) ? $@"\frac{{{above}}}{{{below}}}" : text;

    private static bool IsWhole(string text) =>
        System.Numerics.BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number.ToString(CultureInfo.InvariantCulture) == text;
}
