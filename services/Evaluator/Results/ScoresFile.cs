namespace Graft.Evaluator.Results;

/// <summary>scores.json: {"metrics": {name: {"value", "stderr"}}, "items", "primary"}.</summary>
internal static class ScoresFile
{
    public const string Path = "scores.json";

    public static byte[] Write(TaskResult result) => JsonBytes.Document(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("metrics");
        foreach (var (name, estimate) in result.Metrics)
        {
            json.WriteStartObject(name);
            json.WriteNumber("value", estimate.Value);
            json.WriteNumber("stderr", estimate.StandardError);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("items", result.Items);
        json.WriteString("primary", result.Primary);
        json.WriteEndObject();
    });
}
