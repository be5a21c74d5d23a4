using System.Text.Json;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Comparing;

/// <summary>The values of an evaluation's items under each metric, as its samples have them.</summary>
/// <param name="Primary">The metric to look at first.</param>
/// <param name="Metrics">Names, in the order of the file.</param>
/// <param name="Items">Values by metric, by number of the item.</param>
internal sealed record SampleValues(string Primary, IReadOnlyList<string> Metrics, IReadOnlyDictionary<long, Dictionary<string, double>> Items)
{
    /// <param name="scores">scores.json.</param>
    /// <param name="samples">samples.jsonl.</param>
    /// <param name="name">What the evaluation is called, for messages.</param>
    /// <exception cref="FaultException">Corrupt: they are not those of an evaluation.</exception>
    public static SampleValues Parse(byte[] scores, byte[] samples, string name)
    {
        try
        {
            var root = JsonElement.Parse(scores);
            string[] metrics = [.. root.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name)];
            return new SampleValues(
                root.GetProperty("primary").GetString()!,
                metrics,
                RequestLines.Read("samples.jsonl", samples).ToDictionary(line => line.Get("doc_id").GetInt64(), line => Values(line.Fields)));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or FormatException)
        {
            throw FaultException.Corrupt($"The evaluation {name} cannot be read: {exception.Message}", exception);
        }
    }

    private static Dictionary<string, double> Values(JsonElement sample) => sample.TryGetProperty("metrics", out var metrics)
        ? metrics.EnumerateObject().ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble())
        // As the first version wrote generated answers.
        : new Dictionary<string, double> { ["exact_match"] = sample.GetProperty("correct").GetBoolean() ? 1 : 0 };
}
