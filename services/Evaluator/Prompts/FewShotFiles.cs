using System.Text.Json;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Prompts;

/// <summary>
/// The examples shown before each question. They are data like any other: JSON lines, a JSON list, or a JSON object of several lists by
/// name, as OLMES keeps its sources.
/// </summary>
/// <param name="files">Names and contents of the dataset's files; none when no examples were given.</param>
internal sealed class FewShotFiles(IReadOnlyList<(string Name, byte[] Bytes)> files)
{
    private const string Field = "recipe.few_shot";

    /// <summary>The first examples of a source, in its order.</summary>
    /// <param name="source">Name of the list, where there are several.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="FaultException">Invalid: there are none, too few, or no such list.</exception>
    public IReadOnlyList<RequestLine> Take(string source, int count)
    {
        var all = All(source);
        return all.Count >= count
            ? [.. all.Take(count)]
            : throw FaultException.Invalid($"{all.Count} few-shot examples were given; the task shows {count} ({source}).", Field);
    }

    /// <summary>All examples of a source.</summary>
    /// <exception cref="FaultException">Invalid: there are none, or no such list.</exception>
    public IReadOnlyList<RequestLine> All(string source) => files.Count > 0
        ? [.. files.SelectMany(file => Read(file.Name, file.Bytes, source))]
        : throw FaultException.Invalid($"The task shows few-shot examples ({source}); give the file that has them.", Field);

    private static IEnumerable<RequestLine> Read(string name, byte[] bytes, string source)
    {
        if (name.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            return RequestLines.Read(name, bytes);
        }

        var root = Parse(name, bytes);
        if (root.ValueKind == JsonValueKind.Object)
        {
            root = root.TryGetProperty(source, out var list)
                ? list
                : throw FaultException.Invalid(
                    $"{name} has no list '{source}'; it has {string.Join(", ", root.EnumerateObject().Select(known => $"'{known.Name}'"))}.", Field);
        }

        return root.ValueKind == JsonValueKind.Array
            ? root.EnumerateArray().Select((item, i) => Row(new Place(name, i + 1, $"{source}, example"), item))
            : throw FaultException.Invalid($"{name} has no list of examples ({source}).", Field);
    }

    private static RequestLine Row(Place place, JsonElement item) => item.ValueKind == JsonValueKind.Object
        ? new RequestLine(place, item)
        : throw FaultException.Invalid($"{place} is no JSON object.", Field);

    private static JsonElement Parse(string name, byte[] bytes)
    {
        try
        {
            return JsonElement.Parse(bytes);
        }
        catch (JsonException exception)
        {
            throw FaultException.Invalid($"{name} is no JSON: {exception.Message}", Field, exception);
        }
    }
}
