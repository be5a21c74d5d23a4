using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Safetensors;

public sealed class SafetensorsHeaderTests
{
    private const string Two =
        """{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}""";

    [Fact]
    public void Tensors_come_in_the_order_of_their_bytes_with_offsets_in_the_file()
    {
        var json = """{"last":{"dtype":"I64","shape":[1],"data_offsets":[4,12]},"none":{"data_offsets":[4,4],"shape":[0,7],"dtype":"F32"},"first":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]}}  """;
        var begin = 8 + json.Length;

        var (tensors, metadata) = Parse(json, dataLength: 12);

        Assert.Equal(["first", "none", "last"], tensors.Select(tensor => tensor.Name));
        Assert.Equal([(begin, begin + 4L), (begin + 4, begin + 4), (begin + 4, begin + 12)], tensors.Select(tensor => (tensor.Begin, tensor.End)));
        Assert.Equal([DType.U8, DType.F32, DType.I64], tensors.Select(tensor => tensor.DType));
        Assert.Equal([0, 7], tensors[1].Shape);
        Assert.Empty(metadata);
    }

    [Fact]
    public void Metadata_keeps_its_order_and_escapes_are_read()
    {
        var (tensors, metadata) = Parse("""{"__metadata__":{"z":"1","a":"\u00e9\n"},"\"q\\":{"dtype":"BOOL","shape":[],"data_offsets":[0,1],"other":[{}]}}""", 1);

        Assert.Equal([("z", "1"), ("a", "\u00e9\n")], metadata.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal("\"q\\", Assert.Single(tensors).Name);
    }

    [Theory]
    [InlineData("", 0, "does not begin with '{'")]
    [InlineData("[]", 0, "does not begin with '{'")]
    [InlineData(" {}", 0, "does not begin with '{'")]
    [InlineData("{", 0, "not JSON at line 0, byte 1")]
    [InlineData("{}x", 0, "not JSON at line 0, byte 2")]
    [InlineData("{}{}", 0, "not JSON")]
    [InlineData("{/**/}", 0, "not JSON")]
    [InlineData("""{"a":1,}""", 0, "'a': StartObject is expected at byte 5")]
    [InlineData("""{"a":{}}""", 0, "'a': data_offsets must be two integers")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1, "'a': dtype is missing")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1, "'a': shape is missing")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "'a': data_offsets must be two integers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "'a': data_offsets must be two integers")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "'a': The element type 'F8_E4M3' is not supported")]
    [InlineData("""{"a":{"dtype":"3","shape":[1],"data_offsets":[0,1]}}""", 1, "'a': The element type '3' is not supported")]
    [InlineData("""{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", 1, "'a': dtype: String is expected")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "'a': 'dtype' occurs twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1, "'a': shape: StartArray is expected")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "'a': shape: -1 is no integer")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", 1, "'a': shape: 1.0 is no integer")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}""", 1, "'a': shape: 1e0 is no integer")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}""", 1, "'a': shape: 9223372036854775808 is no integer")]
    [InlineData("""{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1, "'a': shape: Number is expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3037000500,3037000500],"data_offsets":[0,1]}}""", 1, "'a': the size of the shape [3037000500, 3037000500] overflows")]
    [InlineData("""{"a":{"dtype":"F64","shape":[1152921504606846976],"data_offsets":[0,0]}}""", 0, "'a': the size of the shape [1152921504606846976] overflows")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1, "'a': data_offsets [1, 0] do not lie in the 1 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "'a': data_offsets [0, 2] do not lie in the 1 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[9223372036854775805,9223372036854775807]}}""", 1, "do not lie in the 1 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'a': data_offsets [0, 4] hold 4 bytes, but F32 [2] has 8")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a': its bytes begin at offset 1, behind a hole; 0 is expected")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'b': its bytes begin at offset 1, inside the tensor before; 2 is expected")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 2, "The tensors end at byte 62, but the file has 63 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a' occurs twice")]
    [InlineData("""{"__metadata__":1}""", 0, "'__metadata__': StartObject is expected")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "'__metadata__', 'a': String is expected")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "'__metadata__': 'a' occurs twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "'__metadata__' occurs twice")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "the text at byte 1 of the header is no Unicode")]
    public void Malformed_headers_are_refused_with_what_and_where(string json, long dataLength, string message)
    {
        var fault = Assert.Throws<FaultException>(() => Parse(json, dataLength));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] json = [.. "{\""u8, 0xff, .. "\":{}}"u8];

        var fault = Assert.Throws<FaultException>(() => SafetensorsHeader.Parse(json, 8 + json.Length));

        Assert.Contains("not UTF-8", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2UL, 10, null)]
    [InlineData(100_000_000UL, 200_000_000, null)]
    [InlineData(3UL, 10, "3 bytes long, but the file has only 10")]
    [InlineData(100_000_001UL, 200_000_000, "at most 100000000")]
    [InlineData(ulong.MaxValue, 200_000_000, "18446744073709551615 bytes long; at most")]
    [InlineData(0UL, 7, "The file has 7 bytes")]
    public void The_length_is_checked_before_anything_is_read(ulong length, long fileLength, string? message)
    {
        var start = new byte[Math.Min(8, fileLength)];
        if (start.Length == 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(start, length);
        }

        var fault = Record.Exception(() => Assert.Equal((int)length, SafetensorsHeader.ParseLength(start, fileLength)));

        Assert.Equal(message is null, fault is null);
        Assert.Contains(message ?? "", fault?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_header_is_read_or_refused_as_invalid()
    {
        var damage = Gen.Select(Gen.Int[0, Two.Length - 1], Gen.OneOf(Gen.Byte, Gen.Char["{}[]\":,0129-e\\u "].Select(letter => (byte)letter)));
        damage.List[1, 4].Sample(
            damages =>
            {
                var json = Encoding.UTF8.GetBytes(Two);
                foreach (var (where, value) in damages)
                {
                    json[where] = value;
                }

                try
                {
                    var (tensors, _) = SafetensorsHeader.Parse(json, 8 + json.Length + 26);
                    Assert.Equal(26, tensors.Sum(tensor => tensor.Size));
                }
                catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
                {
                    // Refused, as it should be.
                }
            },
            iter: 20_000);
    }

    private static (IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Parse(string json, long dataLength)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        return SafetensorsHeader.Parse(bytes, 8 + bytes.Length + dataLength);
    }
}
