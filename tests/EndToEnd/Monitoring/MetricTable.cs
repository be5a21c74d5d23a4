using System.Text.RegularExpressions;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>The table of services/Hosting/Telemetry/README.md.</summary>
internal static partial class MetricTable
{
    private static readonly string[] _histogramEnds = ["_bucket", "_sum", "_count"];

    /// <summary>Labels by metric.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read()
    {
        var text = File.ReadAllText(Path.Combine(SharedData.Repository, "services", "Hosting", "Telemetry", "README.md"));
        return Row().Matches(text).ToDictionary(
            row => row.Groups[1].Value,
            row => (IReadOnlyList<string>)[.. row.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
    }

    /// <summary>The metric a sample belongs to: a histogram has three kinds of them.</summary>
    public static string Family(string sample, IReadOnlyDictionary<string, IReadOnlyList<string>> known) =>
        known.ContainsKey(sample) ? sample : _histogramEnds.Where(sample.EndsWith).Select(end => sample[..^end.Length]).FirstOrDefault(sample);

    // | `name` | type | labels | meaning |
    [GeneratedRegex(@"^\| `(graft_[a-z0-9_]+)` \| (\w+) \| ([a-z_, ]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
