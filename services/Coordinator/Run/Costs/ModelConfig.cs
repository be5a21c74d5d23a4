using System.Text.Json;

namespace Graft.Coordinator.Run.Costs;

/// <summary>What the config.json of an OLMo 2 or Llama model says of its size.</summary>
internal static class ModelConfig
{
    public const string File = "config.json";

    /// <summary>
    /// Weights of embedding, head, and in each layer four attention and three feed-forward matrices. The norms, some ten thousandths,
    /// are left out.
    /// </summary>
    /// <returns>Null where the file does not say.</returns>
    public static long? CountParameters(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var config = document.RootElement;
            var hidden = Number(config, "hidden_size");
            var heads = Number(config, "num_attention_heads");
            var keys = config.TryGetProperty("num_key_value_heads", out var written) ? written.GetInt64() : heads;
            var head = config.TryGetProperty("head_dim", out var width) && width.ValueKind == JsonValueKind.Number ? width.GetInt64() : hidden / heads;
            var attention = 2 * hidden * head * (heads + keys);
            var feedForward = 3 * hidden * Number(config, "intermediate_size");
            var isTied = config.TryGetProperty("tie_word_embeddings", out var tied) && tied.ValueKind == JsonValueKind.True;
            return (Number(config, "vocab_size") * hidden * (isTied ? 1 : 2)) + (Number(config, "num_hidden_layers") * (attention + feedForward));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or DivideByZeroException)
        {
            return null;
        }
    }

    private static long Number(JsonElement config, string name) => config.GetProperty(name).GetInt64();
}
