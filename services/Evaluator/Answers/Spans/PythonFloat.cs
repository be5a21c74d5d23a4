using System.Globalization;
using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers.Spans;

/// <summary>Numbers as Python's float() reads and str() writes them, which the scores of DROP depend on.</summary>
internal static partial class PythonFloat
{
    /// <returns>Null where float() would refuse the text.</returns>
    public static double? Parse(string text)
    {
        text = text.Trim();
        if (Word().Match(text) is { Success: true } word)
        {
            var value = word.Groups[2].Value[0] is 'i' or 'I' ? double.PositiveInfinity : double.NaN;
            return word.Groups[1].Value == "-" ? -value : value;
        }

        return Number().IsMatch(text) ? double.Parse(text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>"5.0", "0.1", "1e+16", "1e-05", "inf", "nan".</summary>
    public static string Write(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // Shortest digits that read back to the same value, as Python has them; only where the point goes differs.
        var parts = Shortest(value);
        var (mantissa, exponent) = (parts.Split('E')[0], int.Parse(parts.Split('E')[1], CultureInfo.InvariantCulture));
        var sign = mantissa[0] == '-' ? "-" : "";
        var digits = mantissa.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).TrimEnd('0').PadLeft(1, '0');
        return exponent switch
        {
            < -4 or >= 16 => $"{sign}{digits[0]}{(digits.Length > 1 ? $".{digits[1..]}" : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}",
            < 0 => $"{sign}0.{new string('0', -exponent - 1)}{digits}",
            _ => $"{sign}{digits.PadRight(exponent + 1, '0')[..(exponent + 1)]}.{(digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0")}",
        };
    }

    // The least precision that reads back to the same value.
    private static string Shortest(double value) => Enumerable.Range(0, 17)
        .Select(places => value.ToString($"E{places}", CultureInfo.InvariantCulture))
        .First(text => double.Parse(text, CultureInfo.InvariantCulture).Equals(value));

    [GeneratedRegex(@"^[-+]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][-+]?[0-9](?:_?[0-9])*)?$")]
    private static partial Regex Number();

    [GeneratedRegex("^([-+]?)(inf|infinity|nan)$", RegexOptions.IgnoreCase)]
    private static partial Regex Word();
}
