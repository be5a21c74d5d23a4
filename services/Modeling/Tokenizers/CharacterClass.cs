using System.Globalization;
using System.Text;

namespace Graft.Modeling.Tokenizers;

/// <summary>What the expressions of byte-level tokenizers tell apart.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Neither white space nor letter nor number: <c>[^\s\p{L}\p{N}]</c>. Marks are here, and what is no character at all.</summary>
    Symbol,

    /// <summary><c>\p{L}</c></summary>
    Letter,

    /// <summary><c>\p{N}</c></summary>
    Number,

    /// <summary><c>\s</c> without line ends.</summary>
    Space,

    /// <summary><c>[\r\n]</c></summary>
    LineEnd,

    /// <summary>A half of a character beyond U+FFFF, whose class is that of the whole.</summary>
    Half,
}

/// <summary>Classes of characters in UTF-16.</summary>
internal static class CharacterClasses
{
    // 64 KiB, of which a text in English touches two cache lines.
    private static readonly CharacterClass[] _units = Units();

    /// <summary>Class of a unit; <see cref="CharacterClass.Half"/> for either half of a pair.</summary>
    public static CharacterClass Of(char unit) => _units[unit];

    /// <summary>Class of the character at an offset, and how many units it takes. A lone half is a symbol (it is read as U+FFFD).</summary>
    public static CharacterClass At(ReadOnlySpan<char> text, int at, out int width)
    {
        width = 1;
        var kind = _units[text[at]];
        return kind == CharacterClass.Half ? OfPair(text[at..], out width) : kind;
    }

    /// <summary>The first offset from <paramref name="at"/> on where no character of the class begins; at most <paramref name="end"/>.</summary>
    public static int Skip(ReadOnlySpan<char> text, int at, int end, CharacterClass wanted)
    {
        while (at < end)
        {
            var kind = _units[text[at]];
            var width = 1;
            if (kind == CharacterClass.Half)
            {
                kind = OfPair(text[at..], out width);
            }

            if (kind != wanted)
            {
                break;
            }

            at += width;
        }

        return at;
    }

    private static CharacterClass OfPair(ReadOnlySpan<char> text, out int width)
    {
        Rune.DecodeFromUtf16(text, out var rune, out width);
        return Of(Rune.GetUnicodeCategory(rune));
    }

    private static CharacterClass Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => CharacterClass.Symbol,
    };

    private static CharacterClass[] Units()
    {
        var units = new CharacterClass[char.MaxValue + 1];
        for (var i = 0; i < units.Length; i++)
        {
            var unit = (char)i;
            units[i] = unit switch
            {
                '\r' or '\n' => CharacterClass.LineEnd,
                _ when char.IsSurrogate(unit) => CharacterClass.Half,
                _ when char.IsWhiteSpace(unit) => CharacterClass.Space,
                _ => Of(char.GetUnicodeCategory(unit)),
            };
        }

        return units;
    }
}
