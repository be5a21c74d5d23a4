namespace Graft.Evaluator.Tokenized;

/// <summary>What of a prompt is read by itself, behind the task's prefix.</summary>
/// <param name="Prompt">Its index.</param>
/// <param name="Item">Number of its question, which its chance depends on.</param>
/// <param name="Prefix">Tokens the prefix gives; 0 when the prompt does not begin with it.</param>
/// <param name="Ids">The rest; at least one.</param>
internal sealed record PromptReading(int Prompt, long Item, int Prefix, int[] Ids)
{
    public static PromptReading Of(int prompt, long item, EncodedPrompt encoded, int[] prefix)
    {
        var start = encoded.Ids.Length > prefix.Length && encoded.Ids.AsSpan().StartsWith(prefix) ? prefix.Length : 0;
        return new PromptReading(prompt, item, start, encoded.Ids[start..]);
    }
}

/// <summary>Prompts of one padded width that are continued together.</summary>
/// <param name="Prompts">At least one.</param>
/// <param name="Width">Tokens of each with its padding, which stands on the left.</param>
internal sealed record PromptBatch(IReadOnlyList<PromptReading> Prompts, int Width)
{
    // Prompts of about the same length go together; their padding follows from their own length.
    private const int WidthMultiple = 16;

    public int Prefix => Prompts[0].Prefix;

    /// <summary>Their tokens, without padding.</summary>
    public long Tokens => Prompts.Sum(prompt => (long)prompt.Ids.Length);

    /// <summary>The longest first: if memory does not suffice, that shows at once.</summary>
    /// <param name="prompts">In any order.</param>
    /// <param name="most">Rows of a batch at most, by prefix and width.</param>
    public static IEnumerable<PromptBatch> Of(IEnumerable<PromptReading> prompts, Func<int, int, int> most) => prompts
        .GroupBy(prompt => (prompt.Prefix, Width: (prompt.Ids.Length + WidthMultiple - 1) / WidthMultiple * WidthMultiple))
        .OrderByDescending(group => group.Key.Prefix + group.Key.Width)
        .ThenBy(group => group.Key)
        .SelectMany(group => group.Chunk(most(group.Key.Prefix, group.Key.Width)).Select(chunk => new PromptBatch(chunk, group.Key.Width)));
}
