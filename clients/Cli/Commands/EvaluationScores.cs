using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Report;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>The scores of an evaluation for people and machines.</summary>
internal static class EvaluationScores
{
    /// <returns>scores.json as it is: {"metrics": {name: {"value", "stderr"}}, "items", "primary"}.</returns>
    /// <exception cref="FaultException">Corrupt: not an evaluation.</exception>
    public static async Task<JsonObject> ReadAsync(StoreClient store, Digest evaluation, CancellationToken cancellationToken)
    {
        var files = await new StoredEvaluations(store).ReadAsync(evaluation, cancellationToken);
        return JsonNode.Parse(files.Scores.Span) as JsonObject
            ?? throw FaultException.Corrupt($"The scores of evaluation {evaluation.Short} are no JSON object.");
    }

    /// <summary>"exact match 71.2 +- 2.3 %, 400 items"</summary>
    public static string Text(JsonObject scores) =>
        $"{string.Join("; ", Metrics(scores).Select(metric => Text(metric.Key, metric.Value!)))} ({scores["items"]} items)";

    /// <exception cref="FaultException">Invalid: the evaluation has no such metric.</exception>
    public static string Text(JsonObject scores, string name) => Metrics(scores)[name] is { } metric
        ? $"{Text(name, metric)} ({scores["items"]} items)"
        : throw FaultException.Invalid($"There is no metric '{name}'; these are: {string.Join(", ", Metrics(scores).Select(known => known.Key))}.");

    private static JsonObject Metrics(JsonObject scores) => (JsonObject)scores["metrics"]!;

    private static string Text(string name, JsonNode score)
    {
        var metric = Metric.Of(name);
        return $"{name} {metric.Format(score["value"]!.GetValue<double>())} +- {metric.Format(score["stderr"]!.GetValue<double>())}{(metric.IsFraction ? " %" : "")}";
    }
}
