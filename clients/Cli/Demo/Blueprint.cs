using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo;

/// <summary>
/// The demo's model before it has weights: an OLMo 2 of 135,232 parameters and a tokenizer with one token a word, as Hugging Face
/// transformers writes and loads them.
/// </summary>
internal static class Blueprint
{
    public const int HiddenSize = 64;

    private const int MaxPositions = 256;

    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        // These are files, not web pages: "<" may stay "<".
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Files by their paths.</summary>
    public static IReadOnlyList<(string Path, byte[] Bytes)> Files =>
    [
        ("config.json", Bytes(Config())),
        ("tokenizer.json", Bytes(Tokenizer())),
        ("tokenizer_config.json", Bytes(TokenizerConfig())),
    ];

    private static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("Olmo2ForCausalLM"),
        ["attention_bias"] = false,
        ["attention_dropout"] = Number("0.0"),
        ["bos_token_id"] = Vocabulary.Id(Vocabulary.End),
        ["dtype"] = "float32",
        ["eos_token_id"] = Vocabulary.Id(Vocabulary.End),
        ["hidden_act"] = "silu",
        ["hidden_size"] = HiddenSize,
        ["initializer_range"] = 0.125,
        ["intermediate_size"] = 176,
        ["max_position_embeddings"] = MaxPositions,
        ["model_type"] = "olmo2",
        ["num_attention_heads"] = 4,
        ["num_hidden_layers"] = 2,
        ["num_key_value_heads"] = 4,
        ["pad_token_id"] = Vocabulary.Id(Vocabulary.Pad),
        ["rms_norm_eps"] = Number("1e-06"),
        ["rope_parameters"] = new JsonObject { ["rope_theta"] = Number("10000.0"), ["rope_type"] = "default" },
        ["tie_word_embeddings"] = false,
        ["use_cache"] = true,
        ["vocab_size"] = Vocabulary.Count,
    };

    private static JsonObject Tokenizer()
    {
        string[] special = [Vocabulary.Pad, Vocabulary.End, Vocabulary.User, Vocabulary.Assistant];
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. special.Select(AddedToken)]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "WhitespaceSplit" },
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "WordLevel",
                ["vocab"] = new JsonObject(Vocabulary.Words.Select((word, id) => KeyValuePair.Create<string, JsonNode?>(word, id))),
                // Not in the vocabulary, so that an unknown word is an error and never silently another one.
                ["unk_token"] = "<unk>",
            },
        };
    }

    private static JsonNode AddedToken(string token) => new JsonObject
    {
        ["id"] = Vocabulary.Id(token),
        ["content"] = token,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject TokenizerConfig() => new()
    {
        ["bos_token"] = Vocabulary.End,
        ["clean_up_tokenization_spaces"] = false,
        ["eos_token"] = Vocabulary.End,
        ["model_max_length"] = MaxPositions,
        ["pad_token"] = Vocabulary.Pad,
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
    };

    // As written: readers of other languages tell 10000.0 from 10000.
    private static JsonNode Number(string text) => JsonNode.Parse(text)!;

    private static byte[] Bytes(JsonObject json) => System.Text.Encoding.UTF8.GetBytes(json.ToJsonString(_json) + "\n");
}
