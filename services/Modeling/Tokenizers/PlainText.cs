using System.Globalization;
using System.Text;

namespace Graft.Modeling.Tokenizers;

/// <summary>
/// A text for regular expressions that look at characters: .NET's look at UTF-16 units, and take the halves of an emoji or of a rare
/// letter for two symbols. Here each character beyond U+FFFF is replaced by one of its own category that fits in a unit.
/// </summary>
internal readonly ref struct PlainText
{
    // One character a category, none of which a tokenizer's expression is likely to name itself.
    private static readonly Dictionary<UnicodeCategory, char> _standIns = Enumerable.Range(0, 0x10000)
        .Where(value => value is > 0x0E00 and not (>= 0xD800 and <= 0xDFFF))
        .GroupBy(value => CharUnicodeInfo.GetUnicodeCategory((char)value))
        .ToDictionary(group => group.Key, group => (char)group.Last());

    // Null when nothing was replaced; else the original offset of each unit, and of the end.
    private readonly int[]? _offsets;

    private PlainText(ReadOnlySpan<char> units, int[]? offsets)
    {
        Units = units;
        _offsets = offsets;
    }

    public ReadOnlySpan<char> Units { get; }

    public static PlainText Of(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return new PlainText(text, null);
        }

        var units = new char[text.Length];
        var offsets = new int[text.Length + 1];
        var (count, at) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            offsets[count] = at;
            units[count++] = rune.IsBmp ? (char)rune.Value : _standIns.GetValueOrDefault(Rune.GetUnicodeCategory(rune), '\uFFFD');
            // A lone half is read as U+FFFD, which takes one unit as well.
            at += rune.Utf16SequenceLength;
        }

        offsets[count] = at;
        return new PlainText(units.AsSpan(0, count), offsets);
    }

    /// <summary>Where a piece of <see cref="Units"/> lies in the original text.</summary>
    public (int Start, int Length) Original(int start, int length) =>
        _offsets is null ? (start, length) : (_offsets[start], _offsets[start + length] - _offsets[start]);
}
