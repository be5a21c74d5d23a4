using System.Text.Json;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Cli.Report;

/// <summary>The two files of an evaluation artifact: scores.json, and samples.jsonl where it is kept.</summary>
internal sealed record EvaluationFiles(ReadOnlyMemory<byte> Scores, ReadOnlyMemory<byte>? Samples)
{
    public const string ScoresPath = "scores.json";
    public const string SamplesPath = "samples.jsonl";
}

/// <summary>An evaluation as read: the score of every metric, the number of items, the items' own values where known.</summary>
internal sealed class Evaluation(Digest digest, JsonElement scores, ReadOnlyMemory<byte>? samples)
{
    /// <exception cref="FaultException">Corrupt: not an evaluation's scores.</exception>
    public static Evaluation Parse(Digest digest, EvaluationFiles files)
    {
        try
        {
            using var document = JsonDocument.Parse(files.Scores);
            return new Evaluation(digest, document.RootElement.Clone(), files.Samples);
        }
        catch (JsonException error)
        {
            throw FaultException.Corrupt($"{EvaluationFiles.ScoresPath} of evaluation {digest.Short} is not JSON: {error.Message}", error);
        }
    }

    private const string BitsPerByte = "bits_per_byte";

    public int Items => Member(scores, "items") is { ValueKind: JsonValueKind.Number } items && items.TryGetInt32(out var count)
        ? count
        : throw Malformed("has no count of items");

    /// <summary>The metric the task is known by, where the spec does not say.</summary>
    public string Primary => Member(scores, "primary") is { ValueKind: JsonValueKind.String } name
        ? name.GetString()!
        : throw Malformed("names no primary metric");

    /// <exception cref="FaultException">Invalid: the evaluation has no such metric. Corrupt: it is malformed.</exception>
    public Score Score(string task, string metric)
    {
        if (Member(scores, "metrics") is not { ValueKind: JsonValueKind.Object } metrics)
        {
            throw Malformed("has no metrics");
        }

        if (Member(metrics, metric) is not { } entry)
        {
            var known = string.Join(", ", metrics.EnumerateObject().Select(property => property.Name));
            throw FaultException.Invalid(
                $"Task {task} is scored by {metric}, but its evaluations have {known}: name one of these in the spec.", $"tasks.{task}.metric");
        }

        var value = Number(entry, metric, "value");
        var score = new Score(value, Number(entry, metric, "stderr"), digest);
        return score with
        {
            Items = samples is { } lines ? Samples.Read(lines, metric, Items, value) : null,
            BitsPerByte = metric != BitsPerByte && Member(metrics, BitsPerByte) is { } loss ? Number(loss, BitsPerByte, "value") : null,
        };
    }

    private double Number(JsonElement entry, string metric, string name) =>
        Member(entry, name) is { ValueKind: JsonValueKind.Number } number && double.IsFinite(number.GetDouble())
            ? number.GetDouble()
            : throw Malformed($"has no finite {name} of {metric}");

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;

    private FaultException Malformed(string what) =>
        FaultException.Corrupt($"{EvaluationFiles.ScoresPath} of evaluation {digest.Short} {what}.");
}
