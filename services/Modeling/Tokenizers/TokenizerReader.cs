using System.Text.Json;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Modeling.Tokenizers;

/// <summary>Reads tokenizer.json and tokenizer_config.json; what would change the ids and is not implemented is refused by name.</summary>
internal static class TokenizerReader
{
    public static TokenizerParts Read(ReadOnlySpan<byte> tokenizerJson, ReadOnlySpan<byte> configJson)
    {
        try
        {
            var file = JsonFields.Parse("tokenizer.json", tokenizerJson);
            // Absent here means null: a normalizer changes the text, and none is implemented.
            file.Absent("normalizer");
            CheckPostProcessor(file);
            var (preTokenizer, prefixSpace, byteLevel) = PreTokenizerReader.Read(file);
            var model = TokenModelReader.Read(file, byteLevel);
            var added = Added(file, model);
            var config = configJson.IsEmpty ? null : JsonFields.Parse("tokenizer_config.json", configJson);
            return new TokenizerParts(added, prefixSpace, preTokenizer, model, DecodesBytes(file))
            {
                BosId = Special("bos_token"),
                EosId = Special("eos_token"),
                PadId = Special("pad_token"),
            };

            int? Special(string name) => config is null ? null : SpecialId(config, name, added, model);
        }
        catch (InvalidOperationException e)
        {
            // What the JSON reader throws for a text with half a surrogate pair or broken UTF-8.
            throw FaultException.Invalid($"tokenizer.json has a text that is no Unicode: {e.Message}", inner: e);
        }
    }

    private static List<AddedToken> Added(JsonFields file, TokenModel model)
    {
        var tokens = new List<AddedToken>();
        foreach (var fields in file.Children("added_tokens"))
        {
            var content = fields.Text("content") is { Length: > 0 } text ? text : throw fields.Wrong("content", "is missing or empty");
            var id = fields.Ids("id") is [< TokenModelReader.MaxId and var given] ? given : throw fields.Wrong("id", "is missing or too large");
            if (model.Vocabulary.TryGetValue(content, out var known) && known != id)
            {
                throw fields.Wrong("id", $"is {id} for '{content}', which the vocabulary gives the id {known}");
            }

            tokens.Add(new AddedToken(
                content,
                id,
                fields.Flag("lstrip", false),
                fields.Flag("rstrip", false),
                fields.Flag("single_word", false),
                fields.Flag("normalized", false)));
        }

        return tokens;
    }

    // Post-processors put tokens before and after a text (TemplateProcessing) or move offsets (ByteLevel). Neither concerns Encode, which
    // never adds any: recipes and tasks say where a text begins and ends.
    private static void CheckPostProcessor(JsonFields file)
    {
        if (file.Child("post_processor") is not { } processor)
        {
            return;
        }

        var steps = processor.Text("type") == "Sequence" ? processor.Children("processors") : [processor];
        foreach (var step in steps)
        {
            if (step.Text("type") is not ("ByteLevel" or "TemplateProcessing"))
            {
                throw step.Wrong("type", $"is '{step.Text("type")}'; ByteLevel and TemplateProcessing are supported");
            }
        }
    }

    private static bool DecodesBytes(JsonFields file)
    {
        if (file.Child("decoder") is not { } decoder)
        {
            return false;
        }

        return decoder.Text("type") == "ByteLevel"
            ? true
            : throw decoder.Wrong("type", $"is '{decoder.Text("type")}'; ByteLevel is supported");
    }

    private static int? SpecialId(JsonFields config, string name, List<AddedToken> added, TokenModel model)
    {
        var token = config.Find(name) is { ValueKind: JsonValueKind.Object } ? config.Child(name)!.Text("content") : config.Text(name);
        if (token is null)
        {
            return null;
        }

        return added.Find(candidate => candidate.Content == token)?.Id
            ?? (model.Vocabulary.TryGetValue(token, out var id)
                ? id
                : throw config.Wrong(name, $"is '{token}', which is no token of tokenizer.json"));
    }
}
