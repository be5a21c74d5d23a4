using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Graft.Faults;
using Graft.Modeling.Tokenizers;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Tokenizers;

/// <summary>Whatever is in the file, it is loaded or refused with a fault; never anything else.</summary>
public sealed class HostileTokenizerTests
{
    private const string Small = """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 300, "content": "<|end|>", "special": true, "lstrip": false, "rstrip": true, "single_word": false, "normalized": false}],
         "normalizer": null,
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}|[^\\s\\p{N}]+"}, "behavior": "Removed", "invert": true},
           {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
         "post_processor": {"type": "ByteLevel"}, "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "dropout": null, "unk_token": "a", "byte_fallback": false, "ignore_merges": true,
           "vocab": {"a": 0, "b": 1, "\u0120": 2, "ab": 3, "\u0120ab": 4}, "merges": ["a b", ["\u0120", "ab"]]}}
        """;

    private const string Marker = "@here@";

    private static readonly string[] _values =
        ["null", "true", "0", "-1", "1e300", "2147483648", "\"\"", "\"a b\"", "\"\\ud800\"", "[]", "[null]", "[\"a\"]", "{}", "{\"type\": 5}", "\"ByteLevel\""];

    [Fact]
    public void A_file_with_any_value_replaced_is_loaded_or_refused() => Gen.Select(Gen.Int[0, 1 << 20], Gen.Int[0, _values.Length - 1]).Sample(
        (place, value) =>
        {
            var file = JsonNode.Parse(Small)!;
            List<JsonNode?> places = [];
            Collect(file, places);
            Replace(places, place % places.Count, Marker);
            // As text: half a pair of surrogates cannot be written as JSON by the library.
            LoadOrRefuse(Encoding.UTF8.GetBytes(file.ToJsonString().Replace($"\"{Marker}\"", _values[value], StringComparison.Ordinal)));
        },
        iter: 3_000);

    [Fact]
    public void A_file_with_damaged_bytes_is_loaded_or_refused() => Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte, Gen.Int[0, 40]).Sample(
        (place, value, cut) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Small);
            place %= bytes.Length;
            bytes[place] = value;
            LoadOrRefuse([.. bytes[..place], .. bytes[Math.Min(bytes.Length, place + cut)..]]);
        },
        iter: 5_000);

    [Fact]
    public void A_file_cut_short_is_refused()
    {
        var bytes = Encoding.UTF8.GetBytes(Small);

        Assert.All(
            Enumerable.Range(0, bytes.Length).Where(length => length % 7 == 0),
            length => Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => Tokenizer.Parse(bytes.AsSpan(0, length), [])).Kind));
    }

    private static void LoadOrRefuse(byte[] file)
    {
        try
        {
            var tokenizer = Tokenizer.Parse(file, []);
            tokenizer.Decode(tokenizer.Encode("ab 123 \ud83d\ude00 <|end|>  a\ud800"));
        }
        catch (FaultException fault)
        {
            Assert.Equal(FaultKind.Invalid, fault.Kind);
            Assert.NotEmpty(fault.Message);
        }
    }

    private static void Collect(JsonNode? node, List<JsonNode?> places)
    {
        foreach (var child in node switch
        {
            JsonObject fields => fields.Select(field => field.Value),
            JsonArray list => list,
            _ => [],
        })
        {
            if (child is not null)
            {
                places.Add(child);
                Collect(child, places);
            }
        }
    }

    private static void Replace(List<JsonNode?> places, int index, JsonNode? value)
    {
        var old = places[index]!;
        if (old.Parent is JsonObject fields)
        {
            fields[old.GetPropertyName()] = value;
        }
        else
        {
            old.Parent!.AsArray()[old.GetElementIndex()] = value;
        }
    }
}
