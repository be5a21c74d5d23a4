using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>One equation: left op right = result, all within the numbers there are words for.</summary>
internal readonly record struct Equation(int Left, char Op, int Right, int Result)
{
    private static readonly Phrase _phrase = Phrase.Parse("{0} {1} {2} = {3}");
    private static readonly int _plus = Vocabulary.Id("+");
    private static readonly int _minus = Vocabulary.Id("-");
    private static readonly int _times = Vocabulary.Id("*");

    public static Equation Of(int left, char op, int right) => new(left, op, right, op switch
    {
        '+' => left + right,
        '-' => left - right,
        _ => left * right,
    });

    /// <summary>Sums and differences mostly below 20, sometimes all the way to 40; products of 2 to 6.</summary>
    public static Equation Draw(Chance chance, char op)
    {
        var high = chance.Happens(0.3) ? Vocabulary.MaxNumber - 9 : 12;
        switch (op)
        {
            case '+':
                return Of(chance.Between(1, high), op, chance.Between(1, 9));
            case '-':
                var left = chance.Between(2, Math.Min(Vocabulary.MaxNumber, high + 6));
                return Of(left, op, chance.Between(1, Math.Min(left, 9)));
            default:
                return Of(chance.Between(2, 6), op, chance.Between(2, 6));
        }
    }

    public void Write(Passage passage) => passage.Add(
        _phrase,
        Vocabulary.Number(Left),
        Op switch { '+' => _plus, '-' => _minus, _ => _times },
        Vocabulary.Number(Right),
        Vocabulary.Number(Result));
}
