using System.Globalization;

namespace Graft.Cli.Report.Published;

/// <summary>Finds the count of correct items behind a percentage as it was printed.</summary>
internal static class PrintedScore
{
    /// <summary>The count k for which 100 k / n, truncated or rounded to the decimals printed, gives the text; null where there is none.</summary>
    /// <param name="text">Percent, such as "77.10" or "78.6". Trailing zeros may be missing: at least two decimals are tried first.</param>
    /// <param name="items">n.</param>
    public static int? Count(string text, int items)
    {
        var printed = decimal.Parse(text, CultureInfo.InvariantCulture);
        var decimals = text.Contains('.') ? text.Length - text.IndexOf('.') - 1 : 0;
        foreach (var digits in new[] { 2, decimals }.Where(digits => digits >= decimals).Distinct())
        {
            // The slides' two decimals are truncated (one is rounded), the paper's one decimal is rounded.
            MidpointRounding[] ways = digits > 1
                ? [MidpointRounding.ToZero, MidpointRounding.AwayFromZero]
                : [MidpointRounding.AwayFromZero, MidpointRounding.ToZero];
            if (ways.Select(way => Matches(printed, items, digits, way)).FirstOrDefault(count => count is not null) is { } count)
            {
                return count;
            }
        }

        return null;
    }

    private static int? Matches(decimal printed, int items, int digits, MidpointRounding rounding)
    {
        var near = (int)(printed * items / 100);
        // The nearest first: a coarse print fits several counts.
        foreach (var count in new[] { near, near + 1, near - 1, near + 2 }.Where(count => count >= 0 && count <= items)
            .OrderBy(count => Math.Abs((100m * count / items) - printed)))
        {
            if (Math.Round(100m * count / items, digits, rounding) == printed)
            {
                return count;
            }
        }

        return null;
    }
}
