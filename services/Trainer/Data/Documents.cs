using System.Text.Json;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Tokenizers;

namespace Graft.Trainer.Data;

/// <summary>Documents of JSON lines, {"text"} or {"prompt", "completion"}, as rows of tokens.</summary>
internal static class Documents
{
    /// <param name="file">Name for messages.</param>
    /// <param name="bytes">The whole file, UTF-8.</param>
    /// <param name="phase">What is added, cut and masked.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="vocabulary">Rows of the model's embedding.</param>
    /// <exception cref="FaultException">Invalid: a line that is no such document, named by file and line.</exception>
    public static IEnumerable<TokenRow> Read(string file, byte[] bytes, TrainPhase phase, Tokenizer tokenizer, int vocabulary)
    {
        var number = 0;
        for (var begin = 0; begin < bytes.Length;)
        {
            var length = bytes.AsSpan(begin).IndexOf((byte)'\n');
            var line = bytes.AsMemory(begin, length < 0 ? bytes.Length - begin : length);
            begin += line.Length + 1;
            number++;
            if (!line.Span.Trim(" \r\t"u8).IsEmpty)
            {
                yield return Row(line, $"{file}, line {number}", phase, tokenizer, vocabulary);
            }
        }
    }

    private static TokenRow Row(ReadOnlyMemory<byte> line, string place, TrainPhase phase, Tokenizer tokenizer, int vocabulary)
    {
        var (prompt, completion) = Parse(line, place, phase.Mask);
        List<int> tokens = [];
        if (phase.AddBos)
        {
            tokens.Add(tokenizer.BosId ?? throw FaultException.Invalid("The recipe adds a beginning token, and the tokenizer has none.", "recipe.phases.add_bos"));
        }

        tokens.AddRange(tokenizer.Encode(prompt));
        var lossFrom = completion is null || phase.Mask == LossMask.All ? 0 : tokens.Count;
        if (completion is not null)
        {
            tokens.AddRange(tokenizer.Encode(completion));
        }

        if (phase.AddEos)
        {
            tokens.Add(tokenizer.EosId ?? throw FaultException.Invalid("The recipe adds an end token, and the tokenizer has none.", "recipe.phases.add_eos"));
        }

        var largest = tokens.Count == 0 ? 0 : tokens.Max();
        return largest < vocabulary
            ? new TokenRow([.. tokens], lossFrom)
            : throw FaultException.Invalid($"{place} has the token {largest}, and the model's vocabulary ends at {vocabulary - 1}: the tokenizer does not belong to this model.", "recipe.start");
    }

    private static (string Prompt, string? Completion) Parse(ReadOnlyMemory<byte> line, string place, LossMask mask)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                if (Text(root, "prompt") is { } prompt && Text(root, "completion") is { } completion)
                {
                    return (prompt, completion);
                }

                if (mask == LossMask.All && Text(root, "text") is { } text)
                {
                    return (text, null);
                }
            }
        }
        catch (JsonException exception)
        {
            throw FaultException.Invalid($"{place} is no JSON: {exception.Message}", "recipe.phases.dataset", exception);
        }

        var expected = mask == LossMask.All ? "{\"text\": ...} or {\"prompt\": ..., \"completion\": ...}" : "{\"prompt\": ..., \"completion\": ...} (the loss mask is completion)";
        throw FaultException.Invalid($"{place} is not an object {expected} with text values.", "recipe.phases.dataset");
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
