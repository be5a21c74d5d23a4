using System.Text.Json;
using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>What a config.json says about the fit of two models; null where it says nothing.</summary>
/// <param name="ModelType">Such as "olmo2".</param>
/// <param name="VocabularySize">Rows of the embedding.</param>
/// <param name="TiesHead">Whether the head is the embedding.</param>
internal sealed record ConfigFacts(string? ModelType, long? VocabularySize, bool? TiesHead = null)
{
    public const string File = "config.json";

    /// <param name="json">The file, UTF-8.</param>
    /// <param name="checkpoint">Whose it is, for the message.</param>
    /// <exception cref="FaultException">Invalid: no JSON object.</exception>
    public static ConfigFacts Parse(ReadOnlyMemory<byte> json, string checkpoint)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new ConfigFacts(
                root.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null,
                root.TryGetProperty("vocab_size", out var size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var rows) ? rows : null,
                root.TryGetProperty("tie_word_embeddings", out var ties) && ties.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? ties.GetBoolean()
                    : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw FaultException.Invalid($"The {File} of checkpoint {checkpoint} is no JSON object; import the checkpoint again.", inner: exception);
        }
    }
}
