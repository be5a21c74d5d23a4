using System.Text.Json;
using Graft.Artifacts;

namespace Graft.Merger.Comparing;

/// <summary>comparison.json; its format is described in the README of this service.</summary>
internal static class ComparisonFile
{
    public const string Name = "comparison.json";

    private const int Schema = 1;

    private static readonly JsonWriterOptions _options = new() { Indented = true, NewLine = "\n" };

    /// <param name="artifacts">Digests of what was compared.</param>
    /// <param name="kind">What they are.</param>
    /// <param name="tensors">Geometry of each tensor, in order of their names.</param>
    public static byte[] Write(IReadOnlyList<Digest> artifacts, ArtifactKind kind, IReadOnlyList<(string Name, Geometry Geometry)> tensors)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("kind", kind == ArtifactKind.DiffVector ? "diff_vector" : "checkpoint");
            json.WriteStartArray("artifacts");
            foreach (var digest in artifacts)
            {
                json.WriteStringValue(digest.ToString());
            }

            json.WriteEndArray();
            json.WriteStartObject("total");
            WriteGeometry(json, Sum(artifacts.Count, tensors.Select(tensor => tensor.Geometry)));
            json.WriteEndObject();
            var layers = tensors.GroupBy(tensor => Layers.Of(tensor.Name)).OrderBy(layer => Layers.Key(layer.Key), StringComparer.Ordinal);
            WriteParts(json, "layers", layers.Select(layer => (layer.Key, Sum(artifacts.Count, layer.Select(tensor => tensor.Geometry)))));
            WriteParts(json, "tensors", tensors);
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static Geometry Sum(int artifacts, IEnumerable<Geometry> parts)
    {
        var sum = new Geometry(artifacts);
        foreach (var part in parts)
        {
            sum.Add(part);
        }

        return sum;
    }

    private static void WriteParts(Utf8JsonWriter json, string name, IEnumerable<(string Name, Geometry Geometry)> parts)
    {
        json.WriteStartArray(name);
        foreach (var (part, geometry) in parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part);
            WriteGeometry(json, geometry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteGeometry(Utf8JsonWriter json, Geometry geometry)
    {
        json.WriteNumber("elements", geometry.Elements);
        json.WriteStartArray("norms");
        foreach (var square in geometry.Squares)
        {
            WriteValue(json, Math.Sqrt(square));
        }

        json.WriteEndArray();
        json.WriteStartArray("zeros");
        foreach (var zeros in geometry.Zeros)
        {
            WriteValue(json, (double)zeros / geometry.Elements);
        }

        json.WriteEndArray();
        json.WriteStartArray("pairs");
        foreach (var ((first, second), pair) in Geometry.PairsOf(geometry.Artifacts).Zip(geometry.Pairs))
        {
            json.WriteStartObject();
            json.WriteNumber("first", first);
            json.WriteNumber("second", second);
            Write(json, "cosine", pair.Dot / (Math.Sqrt(geometry.Squares[first]) * Math.Sqrt(geometry.Squares[second])));
            Write(json, "distance", Math.Sqrt(pair.SquaredDistance));
            Write(json, "sign_agreement", (double)pair.SameSign / pair.NonZero);
            Write(json, "equal", (double)pair.Equal / geometry.Elements);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        WriteValue(json, value);
    }

    // JSON knows no infinity, and a division by zero means that there is nothing to tell.
    private static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
