using System.Text;
using Graft.Faults;

namespace Graft.Modeling.Chat;

/// <summary>How a conversation is written as one text.</summary>
public abstract class ChatTemplate
{
    private protected ChatTemplate(string name) => Name = name;

    /// <summary>What recipes and commands call it.</summary>
    public string Name { get; }

    /// <summary>Whether the text begins with the tokenizer's beginning token.</summary>
    public abstract bool HasBos { get; }

    /// <summary>Writes a conversation exactly as the template of the same name does in Hugging Face transformers.</summary>
    /// <param name="messages">At least one.</param>
    /// <param name="ends">The tokenizer's beginning and end tokens.</param>
    /// <param name="addGenerationPrompt">Put the beginning of an assistant's turn behind it, for a model to go on from.</param>
    /// <exception cref="FaultException">Invalid: a role the template does not know, or a token it needs that the tokenizer lacks.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, EndTokens ends, bool addGenerationPrompt)
    {
        ArgumentOutOfRangeException.ThrowIfZero(messages.Count);
        var text = new StringBuilder();
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role is not (ChatMessage.System or ChatMessage.User or ChatMessage.Assistant))
            {
                throw FaultException.Invalid($"messages[{i}].role is '{messages[i].Role}'; system, user and assistant are possible.");
            }

            Write(text, messages[i], ends, isFirst: i == 0, isLast: i == messages.Count - 1);
        }

        return addGenerationPrompt ? text.Append(GenerationPrompt).ToString() : text.ToString();
    }

    private protected abstract string GenerationPrompt { get; }

    private protected abstract void Write(StringBuilder text, ChatMessage message, EndTokens ends, bool isFirst, bool isLast);
}

/// <summary>The text of a tokenizer's beginning and end tokens; null where it has none.</summary>
public sealed record EndTokens(string? Bos, string? Eos)
{
    internal string RequireBos(string template) => Bos
        ?? throw FaultException.Invalid($"The template {template} begins with the beginning token, and the tokenizer names none (bos_token of tokenizer_config.json).");

    internal string RequireEos(string template) => Eos
        ?? throw FaultException.Invalid($"The template {template} ends turns with the end token, and the tokenizer names none (eos_token of tokenizer_config.json).");
}
