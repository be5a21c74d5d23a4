using System.Globalization;
using System.Text.RegularExpressions;

namespace Graft.Cli;

internal static partial class Sizes
{
    private static readonly string[] _units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>"512 B", "1.5 MiB".</summary>
    public static string Text(long bytes)
    {
        var size = (double)bytes;
        var unit = 0;
        while (size >= 1024 && unit < _units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : $"{size:0.0} {_units[unit]}";
    }

    /// <summary>Bytes of "5GB" (10^9 each, as Hugging Face means it), "512MiB" (2^20 each) or "4096"; null for anything else.</summary>
    public static long? Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var power = " KMGT".IndexOf(char.ToUpperInvariant(match.Groups["prefix"] is { Success: true } prefix ? prefix.Value[0] : ' '));
        var bytes = decimal.Parse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
            * (decimal)Math.Pow(match.Groups["binary"].Success ? 1024 : 1000, power);
        return bytes <= long.MaxValue ? (long)bytes : null;
    }

    [GeneratedRegex(@"^(?<number>\d{1,15}(\.\d{1,6})?)\s*((?<prefix>[KMGT])(?<binary>i)?)?B?$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
