using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Graft.Cli.Report;

/// <summary>results.json, schema 1: the machine's interface to a study. Fields are only ever added.</summary>
internal static partial class ResultsJson
{
    private const int Schema = 1;

    // The file is read as a file, never pasted into HTML: "+" may stay "+".
    private static readonly JsonWriterOptions _options =
        new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Indented JSON with a final line feed; numbers read back as the same doubles; parts that did not run are absent.</summary>
    public static string Write(Results results)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteNumber("seed", results.Study.Seed);
            json.WriteString("preset", results.Study.Preset);
            json.WriteNumber("wall_seconds", Math.Round(results.Study.Wall.TotalSeconds, 3));
            WriteMap(json, "checkpoints", results.Checkpoints, digest => json.WriteStringValue(digest.ToString()));
            WriteMap(json, "tasks", results.Tasks, task => WriteTask(json, task));
            WriteExtensions(json, results);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteTask(Utf8JsonWriter json, TaskResults task)
    {
        json.WriteStartObject();
        json.WriteString("metric", task.Metric);
        json.WriteNumber("items", task.Items);
        WritePart(json, "pt", task.Pt, score => WriteScore(json, score));
        WritePart(json, "ft", task.Ft, curve => WriteCurve(json, curve));
        WritePart(json, "merge", task.Merge, sources => WriteObject(json, sources, score => WriteScore(json, score)));
        WritePart(json, "continual", task.Continual, sources => WriteObject(json, sources, curve => WriteCurve(json, curve)));
        WritePart(json, "recurrent", task.Recurrent, scores => WriteRecurrent(json, scores));
        WritePart(json, "control", task.Control, curve => WriteCurve(json, curve));
        WriteParts(json, task);
        json.WriteEndObject();
    }

    private static void WriteRecurrent(Utf8JsonWriter json, RecurrentScores scores)
    {
        json.WriteStartObject();
        if (scores.Merged is { } merged)
        {
            json.WritePropertyName("merged");
            WriteScore(json, merged);
        }

        if (scores.Trained.Count > 0)
        {
            json.WritePropertyName("trained");
            WriteCurve(json, scores.Trained);
        }

        json.WriteEndObject();
    }

    private static void WriteCurve(Utf8JsonWriter json, IReadOnlyList<StepScore> curve) =>
        WriteObject(json, curve.Select(point => KeyValuePair.Create(point.Key, point.Score)), score => WriteScore(json, score));

    private static void WriteScore(Utf8JsonWriter json, Score score)
    {
        json.WriteStartObject();
        json.WriteNumber("value", score.Value);
        json.WriteNumber("stderr", score.StandardError);
        json.WriteString("evaluation", score.Evaluation.ToString());
        WriteSeeds(json, score);
        json.WriteEndObject();
    }

    private static void WritePart<T>(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, T> part, Action<T> write)
    {
        if (part.Count > 0)
        {
            WriteMap(json, name, part, write);
        }
    }

    private static void WriteMap<T>(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, T>> map, Action<T> write)
    {
        json.WritePropertyName(name);
        WriteObject(json, map, write);
    }

    private static void WriteObject<T>(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, T>> map, Action<T> write)
    {
        json.WriteStartObject();
        foreach (var (key, value) in map)
        {
            json.WritePropertyName(key);
            write(value);
        }

        json.WriteEndObject();
    }
}
