namespace Graft.Cli.Demo.Language;

/// <summary>A sentence with slots, as ids of words: "the {0} eats {1} ." A slot is stored as the complement of its number.</summary>
internal sealed class Phrase
{
    private readonly int[] _pieces;

    private Phrase(int[] pieces) => _pieces = pieces;

    public ReadOnlySpan<int> Pieces => _pieces;

    public static Phrase Parse(string text) => new([.. text.Split(' ').Select(Piece)]);

    public static Phrase[] ParseAll(params ReadOnlySpan<string> texts)
    {
        var phrases = new Phrase[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            phrases[i] = Parse(texts[i]);
        }

        return phrases;
    }

    private static int Piece(string word) => word is ['{', .. var slot, '}'] ? ~int.Parse(slot) : Vocabulary.Id(word);
}
