using System.Text.Json;
using Graft.Faults;

namespace Graft.Modeling.Configuration;

/// <summary>
/// Typed access to the fields of a JSON file of a checkpoint, or of an object inside it; messages name the file and the whole path of the
/// field. A field that is null counts as missing, as in the reference.
/// </summary>
internal sealed class JsonFields(string file, JsonElement fields, string prefix = "")
{
    /// <exception cref="FaultException">Invalid: the bytes are no JSON object.</exception>
    public static JsonFields Parse(string file, ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var root = JsonElement.ParseValue(ref reader);
            reader.Read(); // Throws where something follows the value.
            return root.ValueKind == JsonValueKind.Object
                ? new JsonFields(file, root)
                : throw FaultException.Invalid($"{file} holds a {root.ValueKind}, not an object.");
        }
        catch (JsonException e)
        {
            throw FaultException.Invalid($"{file} is no JSON: {e.Message}", inner: e);
        }
    }

    public JsonElement? Find(string name) =>
        fields.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool Has(string name) => Find(name) is not null;

    public FaultException Wrong(string name, string problem) =>
        FaultException.Invalid($"{file}: {prefix}{name} {problem}.", prefix + name);

    public string? Text(string name)
    {
        try
        {
            return Find(name) switch
            {
                null => null,
                { ValueKind: JsonValueKind.String } text => text.GetString(),
                { } other => throw Wrong(name, $"is {other.GetRawText()}, not a text"),
            };
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, "is no Unicode: half a surrogate pair, or broken UTF-8");
        }
    }

    /// <summary>A whole number of at least one.</summary>
    public int Count(string name, int? otherwise = null) => Find(name) switch
    {
        null => otherwise ?? throw Wrong(name, "is missing"),
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var count) && count > 0 => count,
        { } other => throw Wrong(name, $"is {other.GetRawText()}, not a positive whole number"),
    };

    /// <summary>A number above zero.</summary>
    public double Positive(string name, double? otherwise = null) => Find(name) switch
    {
        null => otherwise ?? throw Wrong(name, "is missing"),
        { ValueKind: JsonValueKind.Number } number when number.GetDouble() is > 0 and < double.PositiveInfinity => number.GetDouble(),
        { } other => throw Wrong(name, $"is {other.GetRawText()}, not a positive number"),
    };

    public bool Flag(string name, bool otherwise) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(name, $"is {other.GetRawText()}, neither true nor false"),
    };

    /// <summary>One token id or a list of them; empty when missing.</summary>
    public int[] Ids(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Id)] : [Id(value)];

        int Id(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var id) && id >= 0
            ? id
            : throw Wrong(name, $"holds {element.GetRawText()}, which is no token id");
    }

    public JsonFields? Child(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } child => new JsonFields(file, child, $"{prefix}{name}."),
        { } other => throw Wrong(name, $"is {other.GetRawText()}, not an object"),
    };

    /// <summary>The objects of a list; none when it is missing.</summary>
    public IReadOnlyList<JsonFields> Children(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(child => child.ValueKind == JsonValueKind.Object) =>
            [.. list.EnumerateArray().Select((child, i) => new JsonFields(file, child, $"{prefix}{name}[{i}]."))],
        _ => throw Wrong(name, "is no list of objects"),
    };

    /// <summary>Refuses every value but one that changes nothing.</summary>
    public void Only(string name, string supported)
    {
        if (Find(name) is { } value && !(value.ValueKind == JsonValueKind.String && value.GetString() == supported))
        {
            throw Unsupported(name, value, supported);
        }
    }

    public void Only(string name, bool supported)
    {
        if (Flag(name, supported) != supported)
        {
            throw Wrong(name, $"is {(supported ? "false" : "true")}; only {(supported ? "true" : "false")} is supported");
        }
    }

    public void Only(string name, double supported)
    {
        if (Find(name) is { } value && !(value.ValueKind == JsonValueKind.Number && value.GetDouble().Equals(supported)))
        {
            throw Unsupported(name, value, $"{supported}");
        }
    }

    public void Absent(string name)
    {
        if (Find(name) is { } value)
        {
            throw Unsupported(name, value, "null");
        }
    }

    private FaultException Unsupported(string name, JsonElement value, string supported) =>
        Wrong(name, $"is {value.GetRawText()}; only {supported} is supported");
}
