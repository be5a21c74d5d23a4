using System.Text.Json;

namespace Graft.Trainer.Metrics;

/// <summary>Reads a training log back, for those who watch a job that an earlier process began.</summary>
internal static class LoggedSteps
{
    public static IEnumerable<StepMetrics> Read(string log)
    {
        var skipped = 0;
        foreach (var line in log.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            skipped = root.TryGetProperty("skipped", out var count) ? count.GetInt32() : skipped;
            yield return new StepMetrics(
                root.GetProperty("step").GetInt32(), Number(root, "loss"), root.GetProperty("lr").GetDouble(), Number(root, "gradient_norm"), root.GetProperty("tokens").GetInt64(), skipped);
        }
    }

    private static double Number(JsonElement line, string name) =>
        line.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;
}
