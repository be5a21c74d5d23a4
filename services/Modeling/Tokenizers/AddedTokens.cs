using System.Buffers;
using System.Globalization;
using System.Text;

namespace Graft.Modeling.Tokenizers;

/// <summary>A token that is looked for in the text as it is, before anything else is cut.</summary>
/// <param name="Content">What to look for.</param>
/// <param name="Id">Its id.</param>
/// <param name="SwallowsLeft">White space before it belongs to it ("lstrip").</param>
/// <param name="SwallowsRight">White space after it belongs to it ("rstrip").</param>
/// <param name="SingleWord">Not taken where a letter, mark, digit or underscore touches it ("single_word").</param>
/// <param name="Normalized">Looked for in a second pass, after those that are not.</param>
internal sealed record AddedToken(string Content, int Id, bool SwallowsLeft, bool SwallowsRight, bool SingleWord, bool Normalized);

/// <summary>An added token in a text.</summary>
/// <param name="Start">Where it begins, with the white space it swallows.</param>
/// <param name="End">Where it ends, with the white space it swallows.</param>
/// <param name="Next">Where to look for the next: what was swallowed is looked at again, as in the reference.</param>
/// <param name="Id">Its id.</param>
internal readonly record struct AddedMatch(int Start, int End, int Next, int Id);

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

    /// <param name="text">The text.</param>
    /// <param name="from">Where to look from.</param>
    /// <param name="taken">Text before this belongs to something else already and is not swallowed.</param>
    /// <returns>Null when there is none.</returns>
    public AddedMatch? Next(ReadOnlySpan<char> text, int from, int taken)
    {
        while (text[from..].IndexOfAny(_contents) is >= 0 and var offset)
        {
            var start = from + offset;
            var token = LongestAt(text[start..]);
            var end = start + token.Content.Length;
            if (!token.SingleWord || (!EndsInWord(text[..start]) && !BeginsWithWord(text[end..])))
            {
                return Swallow(text, taken, start, end, token);
            }

            from = end;
        }

        return null;
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        foreach (var token in _longestFirst)
        {
            if (text.StartsWith(token.Content, StringComparison.Ordinal))
            {
                return token;
            }
        }

        throw new InvalidOperationException("What was found is not there.");
    }

    private static AddedMatch Swallow(ReadOnlySpan<char> text, int taken, int start, int end, AddedToken token)
    {
        var next = end;
        while (token.SwallowsRight && end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        while (token.SwallowsLeft && start > taken && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        return new AddedMatch(start, end, next, token.Id);
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    // \w of UTS 18, annex C: alphabetic, marks, decimal digits, connectors and the two joiners.
    private static bool IsWord(Rune rune) => rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9)
        || Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
