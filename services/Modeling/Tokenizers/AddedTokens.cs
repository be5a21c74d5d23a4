using System.Buffers;

namespace Graft.Modeling.Tokenizers;

/// <summary>A token that is looked for in the text as it is, before anything else is cut.</summary>
/// <param name="Content">What to look for.</param>
/// <param name="Id">Its id.</param>
/// <param name="SwallowsLeft">White space before it belongs to it ("lstrip").</param>
/// <param name="SwallowsRight">White space after it belongs to it ("rstrip").</param>
/// <param name="Normalized">Looked for in a second pass, after those that are not.</param>
internal sealed record AddedToken(string Content, int Id, bool SwallowsLeft, bool SwallowsRight, bool Normalized);

/// <summary>Finds added tokens: the leftmost first, of several at one place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _longestFirst;
    private readonly SearchValues<string> _contents;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _longestFirst = [.. tokens.OrderByDescending(token => token.Content.Length)];
        _contents = SearchValues.Create([.. _longestFirst.Select(token => token.Content)], StringComparison.Ordinal);
    }

    /// <summary>
    /// The next added token at or after <paramref name="from"/> and the text it takes up; null when there is none. Text before
    /// <paramref name="from"/> is taken already.
    /// </summary>
    public (int Start, int End, AddedToken Token)? Next(ReadOnlySpan<char> text, int from)
    {
        if (text[from..].IndexOfAny(_contents) is not (>= 0 and var offset))
        {
            return null;
        }

        var start = from + offset;
        foreach (var token in _longestFirst)
        {
            if (text[start..].StartsWith(token.Content, StringComparison.Ordinal))
            {
                return Swallow(text, from, start, token);
            }
        }

        return null;
    }

    private static (int Start, int End, AddedToken Token) Swallow(ReadOnlySpan<char> text, int from, int start, AddedToken token)
    {
        var end = start + token.Content.Length;
        while (token.SwallowsRight && end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        while (token.SwallowsLeft && start > from && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        return (start, end, token);
    }
}
