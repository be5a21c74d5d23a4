using System.Text.Json;
using Graft.Modeling.Configuration;

namespace Graft.Modeling.Tokenizers;

/// <summary>Reads the model of tokenizer.json.</summary>
internal static class TokenModelReader
{
    /// <param name="file">The whole file.</param>
    /// <param name="byteLevel">The pre-tokenizer turns text into bytes, as BPE needs it here.</param>
    public static TokenModel Read(JsonFields file, bool byteLevel)
    {
        var model = file.Child("model") ?? throw file.Wrong("model", "is missing");
        return model.Text("type") switch
        {
            "BPE" when byteLevel => Bpe(model),
            "BPE" => throw file.Wrong("pre_tokenizer", "does not end in ByteLevel, which a BPE model needs; other BPE is not supported"),
            "WordLevel" when !byteLevel => new WordLevelModel(Vocabulary(model), model.Text("unk_token") ?? "<unk>"),
            "WordLevel" => throw file.Wrong("pre_tokenizer", "ends in ByteLevel, which is not supported with a WordLevel model"),
            // Files of the time before models named their type are BPE.
            null when byteLevel && model.Has("merges") => Bpe(model),
            var other => throw model.Wrong("type", $"is '{other}'; BPE and WordLevel are supported"),
        };
    }

    private static BpeModel Bpe(JsonFields model)
    {
        model.Absent("dropout");
        model.Only("byte_fallback", false);
        model.Only("fuse_unk", false);
        model.Only("continuing_subword_prefix", "");
        model.Only("end_of_word_suffix", "");
        var vocabulary = Vocabulary(model);
        int? unknown = model.Text("unk_token") is { } token ? Id(model, "unk_token", vocabulary, token) : null;
        return new BpeModel(vocabulary, Merges(model, vocabulary), unknown, model.Flag("ignore_merges", false));
    }

    private static Dictionary<string, int> Vocabulary(JsonFields model)
    {
        if (model.Find("vocab") is not { ValueKind: JsonValueKind.Object } fields)
        {
            throw model.Wrong("vocab", "is missing or no object");
        }

        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in fields.EnumerateObject())
        {
            var isId = token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out var id) && id is >= 0 and < MaxId;
            vocabulary[token.Name] = isId
                ? token.Value.GetInt32()
                : throw model.Wrong("vocab", $"gives '{token.Name}' the id {token.Value.GetRawText()}");
        }

        return vocabulary;
    }

    private static MergeTable Merges(JsonFields model, Dictionary<string, int> vocabulary)
    {
        if (model.Find("merges") is not { ValueKind: JsonValueKind.Array } list)
        {
            throw model.Wrong("merges", "is missing or no list");
        }

        var merges = new MergeTable(list.GetArrayLength());
        var rank = 0;
        foreach (var merge in list.EnumerateArray())
        {
            var (left, right) = Pair(model, merge);
            merges.Add(IdOf(left), IdOf(right), rank++, IdOf(left + right));
        }

        return merges;

        int IdOf(string token) => Id(model, "merges", vocabulary, token);
    }

    private static int Id(JsonFields model, string field, Dictionary<string, int> vocabulary, string token) =>
        vocabulary.TryGetValue(token, out var id) ? id : throw model.Wrong(field, $"has '{token}', which is not in the vocabulary");

    // Older files write a pair as "a b", newer ones as ["a", "b"].
    private static (string Left, string Right) Pair(JsonFields model, JsonElement merge)
    {
        string[] parts = merge.ValueKind switch
        {
            JsonValueKind.String => merge.GetString()!.Split(' '),
            JsonValueKind.Array => [.. merge.EnumerateArray().Select(part => part.ToString())],
            _ => [],
        };
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw model.Wrong("merges", $"has {merge.GetRawText()}, which is no pair");
    }

    // Ids index arrays; a file that says two thousand million is broken, and must not cost that much memory.
    internal const int MaxId = 1 << 24;
}
