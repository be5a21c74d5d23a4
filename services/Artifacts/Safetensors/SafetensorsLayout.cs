using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Graft.Faults;

namespace Graft.Artifacts.Safetensors;

/// <summary>
/// Where the reference implementation (https://github.com/huggingface/safetensors) puts the tensors, and the header it writes before
/// them, byte for byte: wider element types first, then by name; compact JSON padded with spaces to a multiple of eight bytes.
/// </summary>
internal static class SafetensorsLayout
{
    /// <summary>The reference compares names by their UTF-8 bytes; UTF-16 code units would put surrogate pairs elsewhere.</summary>
    private static readonly Comparer<string> _byUtf8 =
        Comparer<string>.Create((left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    /// <returns>The tensors in the order of their bytes, and all bytes before the first tensor.</returns>
    /// <exception cref="FaultException">Invalid: a name occurs twice, is reserved, or the header exceeds its limit.</exception>
    public static (IReadOnlyList<SafetensorsTensor> Tensors, byte[] Start) Arrange(
        IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        var sorted = entries.OrderByDescending(entry => Rank(entry.DType)).ThenBy(entry => entry.Name, _byUtf8).ToList();
        var names = new HashSet<string>();
        foreach (var entry in sorted)
        {
            if (entry.Name == SafetensorsJson.MetadataKey || !names.Add(entry.Name))
            {
                throw FaultException.Invalid($"Two entries of a safetensors file cannot have the same name '{entry.Name}'.");
            }
        }

        var start = Start(sorted, metadata);
        var tensors = new List<SafetensorsTensor>(sorted.Count);
        var position = (long)start.Length;
        foreach (var entry in sorted)
        {
            tensors.Add(new SafetensorsTensor(entry.Name, entry.DType, entry.Shape, position, position += entry.Size));
        }

        return (tensors, start);
    }

    /// <summary>Order of the element types in the reference implementation.</summary>
    private static int Rank(DType dtype) => dtype switch
    {
        DType.BOOL => 0,
        DType.U8 => 1,
        DType.I8 => 2,
        DType.I16 => 3,
        DType.F16 => 4,
        DType.BF16 => 5,
        DType.I32 => 6,
        DType.F32 => 7,
        DType.F64 => 8,
        DType.I64 => 9,
    };

    private static byte[] Start(List<TensorEntry> sorted, IReadOnlyDictionary<string, string> metadata)
    {
        var json = Encoding.UTF8.GetBytes(Json(sorted, metadata));
        var length = (json.Length + 7) / 8 * 8;
        if (length > SafetensorsHeader.MaxLength)
        {
            throw FaultException.Invalid(
                $"The header of {sorted.Count} tensors would have {length} bytes; at most {SafetensorsHeader.MaxLength} can be read back.");
        }

        var start = new byte[SafetensorsHeader.LengthSize + length];
        BinaryPrimitives.WriteInt64LittleEndian(start, length);
        json.CopyTo(start, SafetensorsHeader.LengthSize);
        start.AsSpan(SafetensorsHeader.LengthSize + json.Length).Fill((byte)' ');
        return start;
    }

    private static string Json(List<TensorEntry> sorted, IReadOnlyDictionary<string, string> metadata)
    {
        var members = new List<string>(sorted.Count + 1);
        if (metadata.Count > 0)
        {
            var pairs = metadata.Select(pair => $"{Quote(pair.Key)}:{Quote(pair.Value)}");
            members.Add($"{Quote(SafetensorsJson.MetadataKey)}:{{{string.Join(',', pairs)}}}");
        }

        var offset = 0L;
        foreach (var entry in sorted)
        {
            var (shape, end) = (string.Join(',', entry.Shape), offset + entry.Size);
            members.Add($$"""{{Quote(entry.Name)}}:{"dtype":"{{entry.DType}}","shape":[{{shape}}],"data_offsets":[{{offset}},{{end}}]}""");
            offset = end;
        }

        return $"{{{string.Join(',', members)}}}";
    }

    /// <summary>A JSON string that escapes what must be and nothing else, as the reference does; System.Text.Json escapes more.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var unit in text)
        {
            _ = unit switch
            {
                '"' or '\\' => quoted.Append('\\').Append(unit),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
                _ => quoted.Append(unit),
            };
        }

        return quoted.Append('"').ToString();
    }
}
