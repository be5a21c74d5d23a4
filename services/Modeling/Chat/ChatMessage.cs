namespace Graft.Modeling.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: "system", "user" or "assistant".</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(string Role, string Content)
{
    public const string System = "system";
    public const string User = "user";
    public const string Assistant = "assistant";
}
