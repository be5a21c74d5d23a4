using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Faults;
using Graft.Modeling.Tokenizers;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Tokenizers;

/// <summary>Small tokenizers made here, for what the real ones do not show.</summary>
public sealed class TokenizerTests
{
    private const string Words = """
        {"added_tokens": [{"id": 0, "content": "<pad>", "special": true}, {"id": 1, "content": "<eos>", "special": true, "lstrip": false}],
         "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "vocab": {"<pad>": 0, "<eos>": 1, "Tom": 2, "has": 3, "5": 4, ".": 5}, "unk_token": "<unk>"}}
        """;

    [Fact]
    public void Words_are_split_at_white_space_and_joined_by_spaces()
    {
        var tokenizer = Parse(Words);

        Assert.Equal([2, 3, 4, 5], tokenizer.Encode("  Tom has\t5\n ."));
        Assert.Equal("Tom has 5 .", tokenizer.Decode([2, 3, 4, 5]));
        Assert.Equal([2, 1, 1, 3], tokenizer.Encode("Tom<eos><eos> has"));
        Assert.Empty(tokenizer.Encode(""));
        Assert.Equal(6, tokenizer.VocabularySize);
    }

    [Fact]
    public void A_word_outside_the_vocabulary_is_refused_by_name()
    {
        var fault = Assert.Throws<FaultException>(() => Parse(Words).Encode("Tom has 77"));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("'77'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_outside_the_vocabulary_is_the_unknown_token_where_there_is_one() =>
        Assert.Equal([2, 5, 5], Parse(Words, model => model["model"]!["unk_token"] = ".").Encode("Tom eats cake"));

    [Fact]
    public void Special_tokens_are_read_as_text_or_object()
    {
        var config = """{"bos_token": {"content": "<eos>", "lstrip": false}, "eos_token": "<eos>", "pad_token": null}"""u8;

        var tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(Words), config);

        Assert.Equal((1, 1, null), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId));
    }

    [Fact]
    public void A_special_token_that_is_no_token_is_refused_by_name()
    {
        var fault = Assert.Throws<FaultException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(Words), """{"eos_token": "</s>"}"""u8));

        Assert.Contains("'</s>'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_go_by_rank_and_then_from_the_left()
    {
        var tokenizer = Bytes(["a b", "b c", "ab c", "a a"]);

        Assert.Equal(["abc"], Tokens(tokenizer, "abc"));
        Assert.Equal(["aa", "a"], Tokens(tokenizer, "aaa"));
        Assert.Equal(["aa", "abc", "bc"], Tokens(tokenizer, "aaabcbc"));
    }

    [Fact]
    public void Rank_decides_before_length()
    {
        var tokenizer = Bytes(["b c", "a b", "ab c"]);

        Assert.Equal(["a", "bc"], Tokens(tokenizer, "abc"));
    }

    [Fact]
    public void A_piece_that_is_a_token_ignores_merges_only_when_told()
    {
        static void Odd(JsonObject file) => file["model"]!["vocab"]!["abc"] = 300;

        Assert.Equal(["a", "bc"], Tokens(Bytes(["b c"], Odd), "abc"));
        Assert.Equal(
            ["abc"],
            Tokens(
                Bytes(
                    ["b c"],
                    file =>
                    {
                        Odd(file);
                        file["model"]!["ignore_merges"] = true;
                    }),
                "abc"));
    }

    [Fact]
    public void A_long_piece_takes_no_quadratic_time()
    {
        var tokenizer = Bytes(["a a", "aa aa"]);

        var ids = tokenizer.Encode(new string('a', 1 << 17));

        Assert.Equal(1 << 15, ids.Length);
    }

    [Theory]
    [InlineData("a<x> b", "a<x> b")]
    [InlineData("a <l> b", "a| <l>| b")]
    [InlineData("a <r> \n b", "a| |<r> \n |b")]
    [InlineData("<ab><abc>", "<ab>|<abc>")]
    [InlineData("<abc", "<ab|c")]
    public void Added_tokens_are_found_longest_first_and_swallow_spaces_as_told(string text, string pieces)
    {
        var tokenizer = Bytes([], file => file["added_tokens"] = new JsonArray(
            Added(300, "<l>", lstrip: true), Added(301, "<r>", rstrip: true), Added(302, "<ab>"), Added(303, "<abc>"), Added(304, "<ab")));

        // Each added token is one id, every other byte one of its own.
        string[] added = ["<l>", "<r>", "<ab>", "<abc>", "<ab"];
        Assert.Equal(pieces.Split('|').Sum(piece => added.Contains(piece.Trim()) ? 1 : piece.Length), tokenizer.Encode(text).Length);
    }

    // Ids of Hugging Face tokenizers 0.23.2 for the same file.
    [Theory]
    [InlineData("a<w>", new[] { 97, 60, 119, 62 })]
    [InlineData(" <w> ", new[] { 32, 256, 32 })]
    [InlineData("_<w>", new[] { 95, 60, 119, 62 })]
    [InlineData("<w>\u00e9", new[] { 60, 119, 62, 195, 169 })]
    [InlineData("-<w>-", new[] { 45, 256, 45 })]
    [InlineData("cat catcat\u0301cat cat.", new[] { 260, 32, 99, 97, 116, 99, 97, 116, 204, 129, 99, 97, 116, 32, 260, 46 })]
    [InlineData("cat\u200d", new[] { 99, 97, 116, 226, 128, 141 })]
    [InlineData("\u24b6cat", new[] { 226, 146, 182, 99, 97, 116 })]
    [InlineData("<w>\ud83d\ude00", new[] { 256, 240, 159, 152, 128 })]
    [InlineData("<w><w><n>", new[] { 256, 256, 261 })]
    [InlineData("<r>\n\n x", new[] { 257, 258, 32, 120 })]
    [InlineData("<r> \n\nx", new[] { 257, 258, 120 })]
    [InlineData("a <l><r> b", new[] { 97, 259, 257, 98 })]
    public void Added_tokens_are_words_and_swallow_as_in_the_reference(string text, int[] ids)
    {
        var tokenizer = Bytes([], file => file["added_tokens"] = new JsonArray(
            Added(256, "<w>", word: true), Added(257, "<r>", rstrip: true), Added(258, "\n\n"), Added(259, "<l>", lstrip: true),
            Added(260, "cat", word: true), Added(261, "<n>", normalized: true)));

        Assert.Equal(ids, tokenizer.Encode(text));
    }

    [Fact]
    public void A_prefix_space_is_put_before_each_stretch_of_text()
    {
        var tokenizer = Bytes(
            [],
            file =>
            {
                file["pre_tokenizer"]!["add_prefix_space"] = true;
                file["added_tokens"] = new JsonArray(Added(300, "<x>"));
            });

        Assert.Equal(" a<x> b", tokenizer.Decode(tokenizer.Encode("a<x> b")));
        Assert.Equal(" a<x> b", tokenizer.Decode(tokenizer.Encode(" a<x>b")));
    }

    [Fact]
    public void Letters_beyond_the_basic_plane_are_letters()
    {
        // Split at letters, keeping them only: an emoji is none, a mathematical A is one.
        var tokenizer = Bytes([], file => file["pre_tokenizer"] = JsonNode.Parse(
            """
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "\\p{L}+"}, "behavior": "Removed", "invert": true},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
            """));

        Assert.Equal("a\U0001D49Cb", tokenizer.Decode(tokenizer.Encode("1a\U0001D49C\U0001F600b!")));
    }

    [Fact]
    public void Ids_that_are_no_token_decode_to_nothing()
    {
        var tokenizer = Bytes([]);

        Assert.Equal("ab", tokenizer.Decode([.. tokenizer.Encode("a"), 99999, -1, .. tokenizer.Encode("b")]));
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\u00E9").AsSpan(0, 1)));
    }

    [Fact]
    public void Several_threads_get_the_same_ids()
    {
        var tokenizer = Bytes(["a b", "b c", "ab c", "a a"]);
        var random = new Random(5);
        string[] texts = [.. Enumerable.Range(0, 300).Select(_ => new string(random.GetItems("abc ".AsSpan(), 20)))];
        var expected = Array.ConvertAll(texts, tokenizer.Encode);
        var fresh = Bytes(["a b", "b c", "ab c", "a a"]);
        var found = new int[texts.Length][];

        Parallel.For(0, texts.Length, i => found[i] = fresh.Encode(texts[i]));

        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData("normalizer", """{"type": "NFC"}""", "NFC")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace"}""", "'Metaspace'")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Digits"}]}""", "pretokenizers[0].type is 'Digits'")]
    [InlineData("pre_tokenizer", """{"type": "WhitespaceSplit"}""", "ByteLevel")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "("}, "behavior": "Removed"}""", "(")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[a&&b]"}, "behavior": "Removed"}""", "&&")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": "a"}, "behavior": "Contiguous"}""", "'Contiguous'")]
    [InlineData("post_processor", """{"type": "BertProcessing"}""", "'BertProcessing'")]
    [InlineData("decoder", """{"type": "WordPiece"}""", "'WordPiece'")]
    [InlineData("model", """{"type": "Unigram", "vocab": []}""", "'Unigram'")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}""", "'aa'")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}""", "no pair")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": -1}, "merges": []}""", "-1")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 2000000000}, "merges": []}""", "2000000000")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "byte_fallback": true}""", "byte_fallback")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}""", "dropout")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}""", "end_of_word_suffix")]
    [InlineData("model", "null", "model is missing")]
    [InlineData("added_tokens", """[{"id": 7, "content": "a"}]""", "added_tokens[0].id is 7 for 'a'")]
    [InlineData("added_tokens", """[{"id": 300, "content": "<x>", "single_word": 1}]""", "added_tokens[0].single_word is 1")]
    [InlineData("added_tokens", "5", "added_tokens is no list")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "use_regex": "no"}""", "use_regex")]
    [InlineData("pre_tokenizer", """{"type": "Split", "behavior": "Removed"}""", "pattern is missing")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": 3}""", "merges")]
    [InlineData("model", """{"type": "BPE", "vocab": ["a"], "merges": []}""", "vocab")]
    [InlineData("added_tokens", """[{"id": 1}]""", "added_tokens[0].content")]
    public void Components_that_are_not_supported_are_refused_by_name(string field, string value, string named)
    {
        var fault = Assert.Throws<FaultException>(() => Bytes([], file => file[field] = JsonNode.Parse(value)));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {"\ud800": 0}}}""")]
    public void A_file_that_is_no_tokenizer_is_refused(string json) =>
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(json), [])).Kind);

    [Fact]
    public void A_byte_outside_the_vocabulary_is_refused_unless_there_is_an_unknown_token()
    {
        static void Few(JsonObject file) => file["model"]!["vocab"] = JsonNode.Parse("""{"a": 0, "?": 1}""");
        var strict = Bytes([], Few);
        var lenient = Bytes(
            [],
            file =>
            {
                Few(file);
                file["model"]!["unk_token"] = "?";
            });

        Assert.Contains("0x62", Assert.Throws<FaultException>(() => strict.Encode("ab")).Message, StringComparison.Ordinal);
        Assert.Equal([0, 1], lenient.Encode("ab"));
    }

    private static Tokenizer Parse(string json, Action<JsonObject>? change = null)
    {
        var file = JsonNode.Parse(json)!.AsObject();
        change?.Invoke(file);
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), []);
    }

    /// <summary>A byte-level BPE tokenizer of the 256 bytes and what merges make of them.</summary>
    private static Tokenizer Bytes(string[] merges, Action<JsonObject>? change = null)
    {
        var tokens = Enumerable.Range(0, 256).Select(value => $"{ByteAlphabet.ToCharacter((byte)value)}")
            .Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)));
        var vocabulary = tokens.Distinct().Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return Parse(
            JsonSerializer.Serialize(new
            {
                pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, use_regex = true },
                decoder = new { type = "ByteLevel" },
                model = new { type = "BPE", vocab = vocabulary, merges },
            }),
            change);
    }

    private static JsonObject Added(
        int id, string content, bool lstrip = false, bool rstrip = false, bool word = false, bool normalized = false) => new()
        {
            ["id"] = id,
            ["content"] = content,
            ["lstrip"] = lstrip,
            ["rstrip"] = rstrip,
            ["single_word"] = word,
            ["normalized"] = normalized,
        };

    private static string[] Tokens(Tokenizer tokenizer, string text) =>
        Array.ConvertAll(tokenizer.Encode(text), id => tokenizer.Decode([id]));
}
