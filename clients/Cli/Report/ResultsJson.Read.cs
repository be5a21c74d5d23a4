using System.Text.Json;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Cli.Report;

internal static partial class ResultsJson
{
    /// <summary>Reads what <see cref="Write"/> wrote; unknown fields are passed over. The values of single items are not in it.</summary>
    /// <exception cref="FaultException">Invalid: not a results.json, or of another schema.</exception>
    public static Results Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            var schema = root.GetProperty("schema").GetInt32();
            if (schema != Schema)
            {
                throw FaultException.Invalid($"results.json is of schema {schema}; this version of graft reads schema {Schema}.", "schema");
            }

            // Rounded to a tick: TimeSpan.FromSeconds would cut.
            var ticks = Math.Round(root.GetProperty("wall_seconds").GetDouble() * TimeSpan.TicksPerSecond);
            var wall = TimeSpan.FromTicks(checked((long)ticks));
            return new Results(new StudyInfo(root.GetProperty("seed").GetInt64(), root.GetProperty("preset").GetString()!, wall))
            {
                Checkpoints = Map(root.GetProperty("checkpoints"), digest => Digest.Parse(digest.GetString()!)),
                Tasks = Map(root.GetProperty("tasks"), ReadTask),
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException or OverflowException)
        {
            throw FaultException.Invalid($"Not a results.json: {error.Message}", inner: error);
        }
    }

    private static TaskResults ReadTask(JsonElement task) => new(task.GetProperty("metric").GetString()!, task.GetProperty("items").GetInt32())
    {
        Pt = Part(task, "pt", ReadScore),
        Ft = Part(task, "ft", ReadCurve),
        Merge = Part<IReadOnlyDictionary<string, Score>>(task, "merge", sources => Map(sources, ReadScore)),
        Continual = Part<IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>(task, "continual", sources => Map(sources, ReadCurve)),
        Recurrent = Part(task, "recurrent", ReadRecurrent),
        Control = Part(task, "control", ReadCurve),
        Slices = Entries(task, "slices", ReadSlice),
        Paths = Entries(task, "paths", ReadPath),
        Soups = Entries(task, "soups", ReadSoup),
    };

    private static RecurrentScores ReadRecurrent(JsonElement scores) => new(
        scores.TryGetProperty("merged", out var merged) ? ReadScore(merged) : null,
        scores.TryGetProperty("trained", out var trained) ? ReadCurve(trained) : []);

    private static IReadOnlyList<StepScore> ReadCurve(JsonElement curve)
    {
        StepScore[] points = [.. curve.EnumerateObject()
            .Select(point => new StepScore(point.Name == StepScore.Final ? null : int.Parse(point.Name), ReadScore(point.Value)))];
        return points.Length > 0 ? points : throw new FormatException("a curve without a step");
    }

    private static Score ReadScore(JsonElement score) => new(
        score.GetProperty("value").GetDouble(),
        score.GetProperty("stderr").GetDouble(),
        Digest.Parse(score.GetProperty("evaluation").GetString()!, "evaluation"))
    {
        Count = score.TryGetProperty("count", out var count) ? count.GetInt32() : null,
        BitsPerByte = score.TryGetProperty("bits_per_byte", out var loss) ? loss.GetDouble() : null,
        Seeds = Entries(score, "seeds", seed => new SeedScore(
            seed.GetProperty("seed").GetUInt64(),
            seed.GetProperty("value").GetDouble(),
            seed.GetProperty("stderr").GetDouble(),
            Digest.Parse(seed.GetProperty("evaluation").GetString()!, "evaluation"))),
    };

    private static MatrixSlice ReadSlice(JsonElement slice) => new(
        slice.GetProperty("scale").GetDouble(),
        slice.GetProperty("vector_step").GetInt32(),
        Part<IReadOnlyDictionary<string, Score>>(slice, "merge", sources => Map(sources, ReadScore)));

    private static InterpolationPath ReadPath(JsonElement path) => new(
        path.GetProperty("variant").GetString()!,
        path.GetProperty("base").GetString()!,
        path.GetProperty("source").GetString()!,
        Entries(path, "points", point => new PathPoint(point.GetProperty("at").GetDouble(), ReadScore(point.GetProperty("score")))));

    private static SoupScore ReadSoup(JsonElement soup) => new(
        soup.GetProperty("name").GetString()!,
        soup.GetProperty("base").GetString()!,
        soup.GetProperty("source").GetString()!,
        ReadScore(soup.GetProperty("score")));

    private static IReadOnlyList<T> Entries<T>(JsonElement element, string name, Func<JsonElement, T> read) =>
        element.TryGetProperty(name, out var entries) ? [.. entries.EnumerateArray().Select(read)] : [];

    private static OrderedDictionary<string, T> Part<T>(JsonElement task, string name, Func<JsonElement, T> read) =>
        task.TryGetProperty(name, out var part) ? Map(part, read) : new OrderedDictionary<string, T>();

    private static OrderedDictionary<string, T> Map<T>(JsonElement map, Func<JsonElement, T> read) =>
        new(map.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, read(entry.Value))));
}
