using System.Text.Json;

namespace Graft.Cli.Report;

/// <summary>
/// Reads the per-item values of samples.jsonl. Whatever is not understood gives null: paired tests are a refinement, never a requirement.
/// </summary>
internal static class Samples
{
    /// <summary>The value of each item under a metric, or null unless there is one for every item and their mean is the score.</summary>
    /// <param name="lines">samples.jsonl, UTF-8.</param>
    /// <param name="metric">A field of that name, at the top or in "metrics", number or boolean; "correct" stands for exact_match.</param>
    /// <param name="items">Items there must be.</param>
    /// <param name="mean">What their values must average to.</param>
    public static ItemValues? Read(ReadOnlyMemory<byte> lines, string metric, int items, double mean)
    {
        var ids = new List<string>(items);
        var values = new List<double>(items);
        foreach (var line in Lines(lines))
        {
            if (Item(line, metric, values.Count) is not var (id, value))
            {
                return null;
            }

            ids.Add(id);
            values.Add(value);
        }

        var agrees = values.Count == items && items > 0 && Math.Abs(values.Average() - mean) <= 1e-6 * Math.Max(1, Math.Abs(mean));
        return agrees ? new ItemValues(ids, values) : null;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.Span.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? ReadOnlyMemory<byte>.Empty : text[(end + 1)..];
            if (line.Span.ContainsAnyExcept(" \r\t"u8))
            {
                yield return line;
            }
        }
    }

    private static (string Id, double Value)? Item(ReadOnlyMemory<byte> line, string metric, int index)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var value = Value(root, metric) ?? (metric == "exact_match" ? Value(root, "correct") : null)
                ?? (root.TryGetProperty("metrics", out var metrics) ? Value(metrics, metric) : null);
            var id = root.TryGetProperty("doc_id", out var named) ? named.ToString() : index.ToString();
            return value is { } number ? (id, number) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static double? Value(JsonElement element, string name) => !element.TryGetProperty(name, out var value)
        ? null
        : value.ValueKind switch
        {
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.Number => value.GetDouble(),
            _ => null,
        };
}
