using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>Word problems with their answer as a chain of thought.</summary>
internal static class WordProblems
{
    /// <summary>Phrasings of each change that pretraining knows; fine-tuning brings one more.</summary>
    public const int PretrainingStyle = 2;

    public const int FineTuningStyle = 3;

    private const int MostSteps = 2;

    // Slots: 0 owner, 1 friend, 2 a number, 3 the things.
    private static readonly Phrase[] _gains = Phrase.ParseAll("{1} gives {0} {2} {3} .", "{0} buys {2} more {3} .", "{0} finds {2} {3} .");
    private static readonly Phrase[] _losses = Phrase.ParseAll("{0} gives {1} {2} {3} .", "{0} loses {2} {3} .", "{0} sells {2} {3} .");
    private static readonly Phrase _has = Phrase.Parse("{0} has {1} {2} .");
    private static readonly Phrase _hasContainers = Phrase.Parse("{0} has {1} {2} with {3} {4} in each .");
    private static readonly Phrase _question = Phrase.Parse("how many {0} does {1} have ?");
    private static readonly int _semicolon = Vocabulary.Id(";");
    private static readonly int _user = Vocabulary.Id(Vocabulary.User);
    private static readonly int _assistant = Vocabulary.Id(Vocabulary.Assistant);

    /// <summary>A problem in the phrasing of pretraining, as a chat.</summary>
    public static void Chat(World world, Chance chance, Passage passage)
    {
        passage.Add(_user);
        Span<Equation> thought = stackalloc Equation[MostSteps];
        var steps = Write(chance, passage, thought, PretrainingStyle);
        passage.Add(_assistant);
        WriteThought(thought[..steps], passage);
    }

    /// <summary>Writes the text of a problem, which ends with its question.</summary>
    /// <param name="chance">Makes it up.</param>
    /// <param name="passage">Takes the text.</param>
    /// <param name="thought">Takes the steps to the answer: room for two.</param>
    /// <param name="phrasings">How many phrasings of each change may occur.</param>
    /// <returns>How many steps there are.</returns>
    public static int Write(Chance chance, Passage passage, Span<Equation> thought, int phrasings)
    {
        Span<int> people = stackalloc int[2];
        chance.Sample(Vocabulary.Names, people);
        Span<int> things = stackalloc int[2];
        chance.Sample(Vocabulary.Things, things);
        var steps = chance.Between(1, MostSteps);
        var done = 0;
        int value;
        if (chance.Happens(0.25))
        {
            thought[done] = Equation.Draw(chance, '*');
            passage.Add(
                _hasContainers,
                people[0],
                Vocabulary.Number(thought[done].Left),
                chance.Pick<int>(Vocabulary.Containers),
                Vocabulary.Number(thought[done].Right),
                things[0]);
            value = thought[done++].Result;
        }
        else
        {
            value = chance.Between(2, 12);
            passage.Add(_has, people[0], Vocabulary.Number(value), things[0]);
        }

        if (chance.Happens(0.25))
        {
            passage.Add(_has, people[1], Vocabulary.Number(chance.Between(1, 12)), things[1]);
        }

        for (; done < steps; done++)
        {
            // The running value stays among the numbers there are words for.
            var isGain = value switch { < 2 => true, > Vocabulary.MaxNumber - 9 => false, _ => chance.Happens(0.5) };
            var change = chance.Between(1, isGain ? 9 : Math.Min(value, 9));
            thought[done] = Equation.Of(value, isGain ? '+' : '-', change);
            var phrase = chance.Pick<Phrase>((isGain ? _gains : _losses).AsSpan(0, phrasings));
            passage.Add(phrase, people[0], people[1], Vocabulary.Number(change), things[0]);
            value = thought[done].Result;
        }

        passage.Add(_question, things[0], people[0]);
        return steps;
    }

    /// <summary>Writes the steps to the answer: "a + b = c ; c - d = e".</summary>
    public static void WriteThought(ReadOnlySpan<Equation> thought, Passage passage)
    {
        for (var i = 0; i < thought.Length; i++)
        {
            if (i > 0)
            {
                passage.Add(_semicolon);
            }

            thought[i].Write(passage);
        }
    }
}
