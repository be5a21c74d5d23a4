using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>Documents about numbers: counting, comparing, calculating.</summary>
internal static class Numbers
{
    private const int DrillLength = 4;

    private static readonly Phrase _count = Phrase.Parse("count from {0} :");
    private static readonly Phrase _compare = Phrase.Parse("{0} is {1} than {2} .");
    private static readonly int _more = Vocabulary.Id("more");
    private static readonly int _less = Vocabulary.Id("less");
    private static readonly int _semicolon = Vocabulary.Id(";");
    private static readonly double[] _operations = Chance.Sums([4, 4, 2]);

    // Slots: 0 owner, 1 friend, 2 the change, 3 the things.
    private static readonly Phrase[] _gains = Phrase.ParseAll("then {1} gave {0} {2} {3} .", "then {0} got {2} more {3} .");
    private static readonly Phrase[] _losses = Phrase.ParseAll("then {0} gave {1} {2} {3} .", "then {0} lost {2} {3} .");
    private static readonly Phrase _before = Phrase.Parse("{0} had {1} {2} .");
    private static readonly Phrase _after = Phrase.Parse("now {0} has {1} {2} .");

    /// <summary>Four to eight terms in steps of 1, 2, 5 or -1.</summary>
    public static void Count(World world, Chance chance, Passage passage)
    {
        var step = chance.Pick<int>([1, 1, 1, 2, 5, -1]);
        var terms = chance.Between(4, 8);
        var first = step > 0 ? chance.Between(0, Vocabulary.MaxNumber - (step * terms)) : chance.Between(terms, Vocabulary.MaxNumber);
        passage.Add(_count, Vocabulary.Number(first));
        for (var i = 0; i < terms; i++)
        {
            passage.AddNumber(first + (step * i));
        }
    }

    /// <summary>Two different numbers from 0 to 30.</summary>
    public static void Compare(World world, Chance chance, Passage passage)
    {
        var first = chance.Between(0, 30);
        var second = chance.Between(0, 29);
        second += second >= first ? 1 : 0;
        passage.Add(_compare, Vocabulary.Number(first), first > second ? _more : _less, Vocabulary.Number(second));
    }

    /// <summary>One or two equations.</summary>
    public static void Equations(World world, Chance chance, Passage passage) => Equations(chance, passage, chance.Between(1, 2));

    public static void Drill(World world, Chance chance, Passage passage) => Equations(chance, passage, DrillLength);

    /// <summary>One sum or difference as it happens to somebody.</summary>
    public static void Prose(World world, Chance chance, Passage passage)
    {
        Span<int> people = stackalloc int[2];
        chance.Sample(Vocabulary.Names, people);
        var things = chance.Pick<int>(Vocabulary.Things);
        var isGain = chance.Happens(0.5);
        var equation = Equation.Draw(chance, isGain ? '+' : '-');
        passage.Add(_before, people[0], Vocabulary.Number(equation.Left), things);
        passage.Add(chance.Pick<Phrase>(isGain ? _gains : _losses), people[0], people[1], Vocabulary.Number(equation.Right), things);
        passage.Add(_after, people[0], Vocabulary.Number(equation.Result), things);
    }

    private static void Equations(Chance chance, Passage passage, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                passage.Add(_semicolon);
            }

            Equation.Draw(chance, "+-*"[chance.Weighted(_operations)]).Write(passage);
        }
    }
}
