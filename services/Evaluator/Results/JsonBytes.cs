using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Graft.Evaluator.Results;

/// <summary>
/// JSON with the same bytes for the same values: properties in the order written, numbers in their shortest form that reads back to
/// the same bits, text as it is (readable, not made for HTML).
/// </summary>
internal static class JsonBytes
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Document(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Append(buffer, write);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>One document a line.</summary>
    public static byte[] Lines<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var item in items)
        {
            Append(buffer, writer => write(writer, item));
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    public static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<float> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void Append(ArrayBufferWriter<byte> buffer, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(buffer, _options))
        {
            write(writer);
        }

        buffer.Write("\n"u8);
    }
}
