using System.Globalization;

namespace Graft.Cli.Jobs;

internal static class Durations
{
    /// <summary>"0:07", "12:34", "1:02:03".</summary>
    public static string Text(TimeSpan time)
    {
        var whole = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, time.TotalSeconds)));
        return whole.TotalHours >= 1
            ? $"{(int)whole.TotalHours}:{whole:mm\\:ss}"
            : whole.ToString(@"m\:ss", CultureInfo.InvariantCulture);
    }
}
