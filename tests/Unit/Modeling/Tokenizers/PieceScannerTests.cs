using System.Text.RegularExpressions;
using CsCheck;
using Graft.Modeling.Tokenizers;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Tokenizers;

/// <summary>The scanners written by hand against .NET's regular expressions over the same text.</summary>
public sealed class PieceScannerTests
{
    // What the expressions look at, in its likely companions; and characters of every plane, halves of pairs among them.
    private static readonly string[] _words =
    [
        " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2028", "\u3000", "\u0085", "'", "'s", "'LL", "'vE", "'d", "'\u017f", "a", "the", "Z", "\u00e9",
        "e\u0301", "\u6f22", "1", "1234", "\u00b2", "\u2167", "!", "...", "_", "\u200d", "\ud83d\ude00", "\ud835\udc9c", "\ud835\udfd8", "\ud800", "\udc00",
    ];

    private static readonly Gen<string> _known = Gen.Int[0, _words.Length - 1].Select(i => _words[i]);

    private static readonly Gen<string> _any = Gen.Frequency(
        (6, Gen.Int[0, 0x2fff]), (2, Gen.Int[0x3000, 0xd7ff]), (1, Gen.Int[0xe000, 0xffff]), (3, Gen.Int[0x10000, 0x1ffff])).Select(char.ConvertFromUtf32);

    private static readonly Gen<string> _text = Gen.Frequency((3, _known), (1, _any)).Array[1, 24].Select(string.Concat);

    public static TheoryData<string> Scanners => ["gpt2", "cl100k", "cl100k single digits", "cl100k any digits"];

    [Theory]
    [MemberData(nameof(Scanners))]
    public void A_scanner_cuts_where_its_expression_does(string name)
    {
        var (scanner, expression) = Scanner(name);
        var regex = new RegexSplit(new Regex(expression, RegexOptions.CultureInvariant), keepMatches: true, keepGaps: true);

        _text.Sample(
            text =>
            {
                List<(int Start, int Length)> expected = [], found = [];
                var plain = PlainText.Of(text);
                regex.Split(plain.Units, expected);
                for (var i = 0; i < expected.Count; i++)
                {
                    expected[i] = plain.Original(expected[i].Start, expected[i].Length);
                }

                scanner.Split(text, found);

                Assert.Equal(expected, found);
            },
            iter: 20_000);
    }

    /// <summary>Each class of the table is what the expressions call it.</summary>
    [Theory]
    [InlineData(@"\p{L}", CharacterClass.Letter)]
    [InlineData(@"\p{N}", CharacterClass.Number)]
    [InlineData(@"[\s-[\r\n]]", CharacterClass.Space)]
    [InlineData(@"[\r\n]", CharacterClass.LineEnd)]
    internal void Classes_are_those_of_the_expressions(string expression, CharacterClass kind)
    {
        var regex = new Regex(expression, RegexOptions.CultureInvariant);

        Assert.All(
            Enumerable.Range(0, 0x10000).Select(unit => (char)unit).Where(unit => !char.IsSurrogate(unit)),
            unit => Assert.Equal(regex.IsMatch([unit]), CharacterClasses.Of(unit) == kind));
    }

    private static (PieceScanner Scanner, string Expression) Scanner(string name) => name switch
    {
        "gpt2" => (new Gpt2Scanner(), Gpt2Scanner.Expression),
        "cl100k" => (new Cl100kScanner(3), Cl100kScanner.Expression(@"\p{N}{1,3}")),
        "cl100k single digits" => (new Cl100kScanner(1), Cl100kScanner.Expression(@"\p{N}")),
        _ => (new Cl100kScanner(int.MaxValue), Cl100kScanner.Expression(@"\p{N}+")),
    };
}
