namespace Graft.Cli.Demo.Language;

/// <summary>A text being written, as ids of words. One is used again and again.</summary>
internal sealed class Passage
{
    private int[] _words = new int[256];

    public int Length { get; private set; }

    public ReadOnlySpan<int> Words => _words.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Add(int word)
    {
        if (Length == _words.Length)
        {
            Array.Resize(ref _words, 2 * Length);
        }

        _words[Length++] = word;
    }

    public void AddNumber(int value) => Add(Vocabulary.Number(value));

    /// <summary>Adds a phrase with its slots filled by words, or by entities, which are two words.</summary>
    public void Add(Phrase phrase, params ReadOnlySpan<int> slots)
    {
        foreach (var piece in phrase.Pieces)
        {
            var word = piece >= 0 ? piece : slots[~piece];
            if (Entity.Is(word))
            {
                Add(Entity.Modifier(word));
                Add(Entity.Animal(word));
            }
            else
            {
                Add(word);
            }
        }
    }

    /// <summary>Writes the words with single spaces between.</summary>
    public static void Write(ReadOnlySpan<int> words, TextBuffer text)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (i > 0)
            {
                text.Add(" "u8);
            }

            text.Add(Vocabulary.Bytes(words[i]));
        }
    }
}
