using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Graft.Cli.Commands;

/// <summary>Periods on the command line: "90s", "10m", "24h", "30d".</summary>
internal static class Periods
{
    /// <param name="name">Of the option.</param>
    /// <param name="description">What it is for.</param>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = ParseToken,
    };

    /// <summary>Null for what is no period.</summary>
    public static TimeSpan? Parse(string text)
    {
        TimeSpan? unit = text.Length < 2 ? null : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        return unit is { } length && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 100_000
            ? length * count
            : null;
    }

    private static TimeSpan? ParseToken(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (Parse(text) is { } period)
        {
            return period;
        }

        var option = (result.Parent as OptionResult)?.Option.Name;
        result.AddError($"{option} is '{text}'; write a number and s, m, h or d, such as 24h.");
        return null;
    }
}
