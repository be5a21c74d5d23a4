namespace Graft.Modeling.Tokenizers;

/// <summary>
/// One of the expressions nearly all byte-level tokenizers use, written out by hand: it reads each character once or twice and knows
/// pairs of surrogates, where the expression needs a copy of the text (<see cref="PlainText"/>) and tries its branches one by one.
/// Pieces follow each other without gaps.
/// </summary>
internal abstract class PieceScanner : PreTokenizer
{
    /// <summary>End of the piece that begins at <paramref name="start"/>, which is less than the length of the text.</summary>
    public abstract int End(ReadOnlySpan<char> text, int start);

    public sealed override void Split(ReadOnlySpan<char> text, List<(int Start, int Length)> pieces)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = End(text, start);
            pieces.Add((start, end - start));
            start = end;
        }
    }

    /// <summary>Length of an English contraction at an apostrophe: <c>'s|'t|'re|'ve|'m|'ll|'d</c>; 0 when there is none.</summary>
    protected static int Contraction(ReadOnlySpan<char> text, int start, bool ignoreCase)
    {
        var first = Letter(text, start + 1, ignoreCase);
        return first switch
        {
            's' or 't' or 'm' or 'd' => 2,
            'r' or 'v' => Letter(text, start + 2, ignoreCase) == 'e' ? 3 : 0,
            'l' => Letter(text, start + 2, ignoreCase) == 'l' ? 3 : 0,
            _ => 0,
        };
    }

    /// <summary>
    /// End of a run of white space that begins at <paramref name="start"/> and ends at <paramref name="end"/>, as <c>\s+(?!\S)|\s+</c> has
    /// it: the last one before something else is left to that.
    /// </summary>
    protected static int Blank(ReadOnlySpan<char> text, int start, int end) => end == text.Length || end == start + 1 ? end : end - 1;

    private static char Letter(ReadOnlySpan<char> text, int at, bool ignoreCase)
    {
        var unit = at < text.Length ? text[at] : '\0';
        return ignoreCase && char.IsAsciiLetterUpper(unit) ? (char)(unit | 0x20) : unit;
    }
}

/// <summary>GPT-2's expression, the one of a ByteLevel pre-tokenizer.</summary>
internal sealed class Gpt2Scanner : PieceScanner
{
    public const string Expression = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public override int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text, start, ignoreCase: false) is > 0 and var length)
        {
            return start + length;
        }

        // A space before a letter, number or symbol belongs to it.
        var at = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharacterClasses.At(text, at, out var width);
        return kind is CharacterClass.Space or CharacterClass.LineEnd
            ? Blank(text, start, SkipBlank(text, at))
            : CharacterClasses.Skip(text, at + width, text.Length, kind);
    }

    private static int SkipBlank(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && CharacterClasses.Of(text[at]) is CharacterClass.Space or CharacterClass.LineEnd)
        {
            at++;
        }

        return at;
    }
}

/// <summary>The expression of cl100k, which OLMo 2, Llama 3 and (with single digits) others use.</summary>
/// <param name="longestNumber">Digits of a piece at most.</param>
internal sealed class Cl100kScanner(int longestNumber) : PieceScanner
{
    /// <summary>The expression with its limit of digits, such as <c>\p{N}{1,3}</c>.</summary>
    public static string Expression(string number) =>
        $@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{number}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public override int End(ReadOnlySpan<char> text, int start)
    {
        var kind = CharacterClasses.At(text, start, out var width);
        var next = start + width;
        switch (kind)
        {
            case CharacterClass.Letter:
                return CharacterClasses.Skip(text, next, text.Length, CharacterClass.Letter);
            case CharacterClass.Number:
                return Number(text, next);
            case CharacterClass.LineEnd:
                return Blank(text, start);
            default:
                if (text[start] == '\'' && Contraction(text, start, ignoreCase: true) is > 0 and var length)
                {
                    return start + length;
                }

                return AfterOne(text, start, next, kind);
        }
    }

    /// <summary>A space or a symbol: what it is depends on what follows.</summary>
    private static int AfterOne(ReadOnlySpan<char> text, int start, int next, CharacterClass kind)
    {
        var following = next < text.Length ? CharacterClasses.At(text, next, out _) : CharacterClass.LineEnd;
        if (following == CharacterClass.Letter)
        {
            return CharacterClasses.Skip(text, next, text.Length, CharacterClass.Letter);
        }

        if (kind == CharacterClass.Symbol || (text[start] == ' ' && following == CharacterClass.Symbol))
        {
            var end = CharacterClasses.Skip(text, next, text.Length, CharacterClass.Symbol);
            return CharacterClasses.Skip(text, end, text.Length, CharacterClass.LineEnd);
        }

        return Blank(text, start);
    }

    /// <summary>White space: up to its last line end if it has one.</summary>
    private static int Blank(ReadOnlySpan<char> text, int start)
    {
        var afterLineEnd = start;
        var at = start;
        for (; at < text.Length; at++)
        {
            var kind = CharacterClasses.Of(text[at]);
            if (kind == CharacterClass.LineEnd)
            {
                afterLineEnd = at + 1;
            }
            else if (kind != CharacterClass.Space)
            {
                break;
            }
        }

        return afterLineEnd > start ? afterLineEnd : Blank(text, start, at);
    }

    private int Number(ReadOnlySpan<char> text, int at)
    {
        for (var digits = 1; digits < longestNumber && at < text.Length; digits++)
        {
            if (CharacterClasses.At(text, at, out var width) != CharacterClass.Number)
            {
                break;
            }

            at += width;
        }

        return at;
    }
}
