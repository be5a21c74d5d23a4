using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Modeling.Chat;

/// <summary>The templates there are, by name and by what tokenizer files hold.</summary>
public static class ChatTemplates
{
    private static readonly ChatTemplate _tulu = new TuluTemplate("tulu", hasBos: false);
    private static readonly ChatTemplate _olmo2 = new TuluTemplate("olmo2", hasBos: true);
    private static readonly ChatTemplate _llama3 = new Llama3Template();

    // SHA-256 of the template's source, white space that means nothing left out (TemplateSource).
    private static readonly Dictionary<string, ChatTemplate> _bySource = new()
    {
        ["ab2611219a712231a2bad4370e304289095b159b032b7a225a977d4797eb2260"] = _tulu,
        ["86e8a1dd61c339d9407b662e91d0cf3c91832a0466f0a4f57dff3ae9230e3e46"] = _olmo2,
        ["6f8397690178843861e354cf9ac0fc92bd1ad61391f3f61a34b7ebdb5908ca21"] = _llama3,
    };

    public static IReadOnlyList<ChatTemplate> All { get; } = [_tulu, _olmo2, _llama3];

    private static string Names => string.Join(", ", All.Select(template => template.Name));

    /// <exception cref="FaultException">Invalid: there is no such template; the message lists those there are.</exception>
    public static ChatTemplate Find(string name, string? field = null) =>
        All.FirstOrDefault(template => template.Name == name)
        ?? throw FaultException.Invalid($"There is no chat template '{name}'; {Names} are known.", field);

    /// <summary>The template that the files of a tokenizer bring along; null when they bring none.</summary>
    /// <param name="tokenizerConfigJson">tokenizer_config.json, whose field chat_template is a text or a list with one named "default".</param>
    /// <param name="chatTemplateJinja">chat_template.jinja, which newer checkpoints have and which then counts; either may be empty.</param>
    /// <exception cref="FaultException">Invalid: a template that is none of ours, named by its digest and its beginning.</exception>
    public static ChatTemplate? Recognize(ReadOnlySpan<byte> tokenizerConfigJson, ReadOnlySpan<byte> chatTemplateJinja)
    {
        if (!chatTemplateJinja.IsEmpty)
        {
            return Recognize("chat_template.jinja", Encoding.UTF8.GetString(chatTemplateJinja));
        }

        if (tokenizerConfigJson.IsEmpty || JsonFields.Parse("tokenizer_config.json", tokenizerConfigJson) is not { } config || !config.Has("chat_template"))
        {
            return null;
        }

        if (config.Find("chat_template") is not { ValueKind: JsonValueKind.Array })
        {
            return Recognize("tokenizer_config.json", config.Text("chat_template")!);
        }

        var named = config.Children("chat_template").FirstOrDefault(template => template.Text("name") == "default");
        return named?.Text("template") is { } source ? Recognize("tokenizer_config.json", source) : null;
    }

    private static ChatTemplate Recognize(string file, string source)
    {
        var digest = Digest.Of(Encoding.UTF8.GetBytes(TemplateSource.Normalize(source))).ToString();
        return _bySource.TryGetValue(digest, out var template)
            ? template
            : throw FaultException.Invalid(
                $"The chat template of {file} ({digest[..12]}, \"{Beginning(source)}\") is none that Graft knows. Choose one of {Names}, such as --template tulu.",
                "template");
    }

    private static string Beginning(string source)
    {
        var line = string.Join(' ', source.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 60 ? line : $"{line[..60]}...";
    }
}
