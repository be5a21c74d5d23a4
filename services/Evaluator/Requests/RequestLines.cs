using System.Text.Json;
using Graft.Faults;

namespace Graft.Evaluator.Requests;

/// <summary>The lines of a JSONL file as objects; empty lines are skipped.</summary>
internal static class RequestLines
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="file">Name for messages.</param>
    /// <param name="bytes">The whole file, UTF-8.</param>
    /// <exception cref="FaultException">Invalid: a line is no JSON object.</exception>
    public static IEnumerable<RequestLine> Read(string file, byte[] bytes)
    {
        var number = 0;
        for (var begin = bytes.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0; begin < bytes.Length;)
        {
            var length = bytes.AsSpan(begin).IndexOf((byte)'\n');
            var line = bytes.AsMemory(begin, length < 0 ? bytes.Length - begin : length);
            begin += line.Length + 1;
            number++;
            if (!line.Span.Trim(" \r\t"u8).IsEmpty)
            {
                yield return Parse(new Place(file, number), line);
            }
        }
    }

    private static RequestLine Parse(Place place, ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RequestLine(place, document.RootElement.Clone())
                : throw FaultException.Invalid($"{place} is no JSON object.", RequestLine.Field);
        }
        catch (JsonException exception)
        {
            throw FaultException.Invalid($"{place} is no JSON: {exception.Message}", RequestLine.Field, exception);
        }
    }
}
