using System.Text;

namespace Graft.Modeling.Chat;

/// <summary>The template of Llama 3 Instruct: roles between header marks, contents without white space around them.</summary>
internal sealed class Llama3Template() : ChatTemplate("llama3")
{
    public override bool HasBos => true;

    private protected override string GenerationPrompt => Header(ChatMessage.Assistant);

    private protected override void Write(StringBuilder text, ChatMessage message, EndTokens ends, bool isFirst, bool isLast)
    {
        if (isFirst)
        {
            text.Append(ends.RequireBos(Name));
        }

        text.Append(Header(message.Role)).Append(Trim(message.Content)).Append("<|eot_id|>");
    }

    private static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";

    // What the template's filter strips, which is Python's white space: .NET's and the four separators U+001C to U+001F.
    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && IsBlank(text[0]))
        {
            text = text[1..];
        }

        while (text.Length > 0 && IsBlank(text[^1]))
        {
            text = text[..^1];
        }

        return text;
    }

    private static bool IsBlank(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001c' and <= '\u001f';
}
