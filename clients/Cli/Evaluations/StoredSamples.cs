using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Faults;

namespace Graft.Cli.Evaluations;

/// <summary>The samples of an evaluation, one by one.</summary>
internal static class StoredSamples
{
    /// <param name="lines">samples.jsonl.</param>
    /// <param name="isRight">Only items answered right, or wrong; null for all.</param>
    /// <exception cref="FaultException">Corrupt: a line is no JSON object.</exception>
    public static IEnumerable<JsonObject> Read(ReadOnlyMemory<byte> lines, bool? isRight)
    {
        while (!lines.IsEmpty)
        {
            var end = lines.Span.IndexOf((byte)'\n');
            var line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? ReadOnlyMemory<byte>.Empty : lines[(end + 1)..];
            if (line.IsEmpty)
            {
                continue;
            }

            var sample = Parse(line);
            if (isRight is null || (sample["correct"] is JsonValue correct && correct.GetValue<bool>() == isRight))
            {
                yield return sample;
            }
        }
    }

    private static JsonObject Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonNode.Parse(line.Span) as JsonObject ?? throw FaultException.Corrupt("A sample of the evaluation is no JSON object.");
        }
        catch (JsonException exception)
        {
            throw FaultException.Corrupt($"A sample of the evaluation is no JSON: {exception.Message}", exception);
        }
    }
}
