using Graft.Modeling.Chat;

namespace Graft.Trainer.Datasets;

/// <summary>Where a row comes from, for messages: "gsm8k.jsonl, line 17".</summary>
internal readonly record struct RowPlace(string File, string Unit, long Number)
{
    public override string ToString() => $"{File}, {Unit} {Number}";
}

/// <summary>What the rows of a file hold; all rows of one file hold the same.</summary>
internal enum RowForm
{
    /// <summary>{"text"}</summary>
    Text,

    /// <summary>{"prompt", "completion"}</summary>
    Completion,

    /// <summary>{"messages": [{"role", "content"}]}</summary>
    Conversation,
}

/// <summary>One row of a dataset.</summary>
internal abstract record DataRow(RowPlace Place);

/// <summary>A document.</summary>
internal sealed record TextRow(RowPlace Place, string Text) : DataRow(Place);

/// <summary>A prompt and what follows it.</summary>
internal sealed record CompletionRow(RowPlace Place, string Prompt, string Completion) : DataRow(Place);

/// <summary>A conversation of at least one message.</summary>
internal sealed record ConversationRow(RowPlace Place, IReadOnlyList<ChatMessage> Messages) : DataRow(Place);
