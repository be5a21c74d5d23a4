namespace Graft.Evaluator.Answers;

/// <summary>Where generated text ends, by text and not by token: a stop string may begin in the middle of a token.</summary>
internal static class StopStrings
{
    /// <summary>The text before the earliest of the strings; the whole text when none is in it.</summary>
    public static string Cut(string text, IEnumerable<string> stop)
    {
        var end = stop.Select(item => text.IndexOf(item, StringComparison.Ordinal)).Where(index => index >= 0).DefaultIfEmpty(text.Length).Min();
        return text[..end];
    }
}
