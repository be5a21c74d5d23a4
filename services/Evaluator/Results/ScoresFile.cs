using System.Text.Json;
using Graft.Evaluator.Statistics;

namespace Graft.Evaluator.Results;

/// <summary>
/// scores.json: {"metrics": {name: {"value", "stderr"}}, "items", "primary"}, and where there are such: "truncated" (items whose context lost
/// its beginning), "groups": {name: {"metrics", "items"}}.
/// </summary>
internal static class ScoresFile
{
    public const string Path = "scores.json";

    public static byte[] Write(TaskResult result) => JsonBytes.Document(json =>
    {
        json.WriteStartObject();
        WriteMetrics(json, result.Metrics);
        json.WriteNumber("items", result.Items);
        json.WriteString("primary", result.Primary);
        if (result.Truncated > 0)
        {
            json.WriteNumber("truncated", result.Truncated);
        }

        if (result.Groups.Count > 0)
        {
            json.WriteStartObject("groups");
            foreach (var (name, items, metrics) in result.Groups)
            {
                json.WriteStartObject(name);
                WriteMetrics(json, metrics);
                json.WriteNumber("items", items);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static void WriteMetrics(Utf8JsonWriter json, IReadOnlyList<(string Name, MeanEstimate Estimate)> metrics)
    {
        json.WriteStartObject("metrics");
        foreach (var (name, estimate) in metrics)
        {
            json.WriteStartObject(name);
            json.WriteNumber("value", estimate.Value);
            json.WriteNumber("stderr", estimate.StandardError);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
