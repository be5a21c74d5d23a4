using System.Text;
using System.Text.Json;
using Graft.Faults;

namespace Graft.Artifacts.Safetensors;

/// <summary>What the header says of a tensor; offsets (never negative) count from the end of the header. Not yet checked against the file.</summary>
internal sealed record DeclaredTensor(string Name, DType DType, IReadOnlyList<long> Shape, long Begin, long End);

/// <summary>
/// The JSON of a header: {"__metadata__": {string: string}, name: {"dtype": string, "shape": [integers], "data_offsets": [begin, end]}}.
/// </summary>
internal static class SafetensorsJson
{
    public const string MetadataKey = "__metadata__";

    /// <param name="json">Valid UTF-8.</param>
    /// <exception cref="FaultException">Invalid: no JSON, or not of this form.</exception>
    public static (List<DeclaredTensor> Tensors, OrderedDictionary<string, string> Metadata) Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadHeader(json);
        }
        catch (JsonException exception)
        {
            throw FaultException.Invalid(
                $"The header is not JSON at line {exception.LineNumber}, byte {exception.BytePositionInLine}. Is this a safetensors file?",
                inner: exception);
        }
    }

    private static (List<DeclaredTensor> Tensors, OrderedDictionary<string, string> Metadata) ReadHeader(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var tensors = new List<DeclaredTensor>();
        var metadata = new OrderedDictionary<string, string>();
        var names = new HashSet<string>();
        if (!json.StartsWith("{"u8))
        {
            throw FaultException.Invalid("The header does not begin with '{'. Is this a safetensors file?");
        }

        reader.Read();
        while (NextName(ref reader, names, "The header") is { } name)
        {
            if (name == MetadataKey)
            {
                ReadMetadata(ref reader, metadata);
            }
            else
            {
                tensors.Add(ReadTensor(ref reader, name));
            }
        }

        // Whatever follows the object makes this read throw; spaces may.
        reader.Read();
        return (tensors, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, OrderedDictionary<string, string> metadata)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"'{MetadataKey}'");
        var keys = new HashSet<string>();
        while (NextName(ref reader, keys, $"'{MetadataKey}'") is { } key)
        {
            Expect(ref reader, JsonTokenType.String, $"'{MetadataKey}', '{key}'");
            metadata.Add(key, Text(ref reader, $"'{MetadataKey}', '{key}'"));
        }
    }

    private static DeclaredTensor ReadTensor(ref Utf8JsonReader reader, string name)
    {
        var where = $"Tensor '{name}'";
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, where);
        var keys = new HashSet<string>();
        while (NextName(ref reader, keys, where) is { } key)
        {
            switch (key)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, $"{where}: dtype");
                    dtype = Text(ref reader, $"{where}: dtype");
                    break;
                case "shape":
                    shape = Integers(ref reader, $"{where}: shape");
                    break;
                case "data_offsets":
                    offsets = Integers(ref reader, $"{where}: data_offsets");
                    break;
                default:
                    // As the reference implementation: what it does not know it passes over.
                    reader.Skip();
                    break;
            }
        }

        if (offsets is not [var begin, var end])
        {
            throw FaultException.Invalid($"{where}: data_offsets must be two integers.");
        }

        return new DeclaredTensor(
            name,
            Known(dtype ?? throw FaultException.Invalid($"{where}: dtype is missing."), where),
            shape ?? throw FaultException.Invalid($"{where}: shape is missing."),
            begin,
            end);
    }

    private static DType Known(string dtype, string where)
    {
        try
        {
            return DTypes.Parse(dtype);
        }
        catch (FaultException fault)
        {
            throw FaultException.Invalid($"{where}: {fault.Message}", inner: fault);
        }
    }

    /// <summary>Steps to the value of the next property and returns its name, or null at the end of the object.</summary>
    private static string? NextName(ref Utf8JsonReader reader, HashSet<string> seen, string where)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        var name = Text(ref reader, where);
        reader.Read();
        return seen.Add(name) ? name : throw FaultException.Invalid($"{where}: '{name}' occurs twice.");
    }

    private static List<long> Integers(ref Utf8JsonReader reader, string where)
    {
        Expect(ref reader, JsonTokenType.StartArray, where);
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.Number, where);
            values.Add(reader.TryGetInt64(out var value) && value >= 0
                ? value
                : throw FaultException.Invalid(
                    $"{where}: {Encoding.UTF8.GetString(reader.ValueSpan)} is no integer from 0 to {long.MaxValue}."));
        }

        return values;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string where)
    {
        if (reader.TokenType != type)
        {
            throw FaultException.Invalid(
                $"{where}: {type} is expected at byte {reader.TokenStartIndex} of the header, but there is {reader.TokenType}.");
        }
    }

    private static string Text(ref Utf8JsonReader reader, string where)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // The one malformation the reader itself lets pass: half of an escaped surrogate pair.
            throw FaultException.Invalid(
                $"{where}: the text at byte {reader.TokenStartIndex} of the header is no Unicode.", inner: exception);
        }
    }
}
