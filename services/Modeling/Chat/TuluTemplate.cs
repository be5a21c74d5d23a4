using System.Text;

namespace Graft.Modeling.Chat;

/// <summary>
/// Tulu's template (open-instruct), role marks in plain text, the end token behind each assistant's turn; OLMo 2's is the same with the
/// beginning token before it.
/// </summary>
internal sealed class TuluTemplate(string name, bool hasBos) : ChatTemplate(name)
{
    public override bool HasBos => hasBos;

    private protected override string GenerationPrompt => "<|assistant|>\n";

    private protected override void Write(StringBuilder text, ChatMessage message, EndTokens ends, bool isFirst, bool isLast)
    {
        if (isFirst && hasBos)
        {
            text.Append(ends.RequireBos(Name));
        }

        text.Append("<|").Append(message.Role).Append("|>\n").Append(message.Content);
        if (message.Role != ChatMessage.Assistant)
        {
            text.Append('\n');
            return;
        }

        text.Append(ends.RequireEos(Name));
        if (!isLast)
        {
            text.Append('\n');
        }
    }
}
