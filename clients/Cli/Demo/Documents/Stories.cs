using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>Stories and lists: what happens between two people.</summary>
internal static class Stories
{
    // Slots: 0 hero, 1 friend, 2 place.
    private static readonly Phrase[] _openings =
        Phrase.ParseAll("{0} went to the {2} with {1} .", "{0} and {1} went to the {2} .", "one day {0} walks to the {2} .");

    // Slots: 0 hero, 1 friend, 2 he or she, 3 his or her, 4 thing, 5 entity, 6 its place, 7 its color, 8 a feeling, 9 and 10 numbers,
    // 11 another thing, 12 a container.
    private static readonly Phrase[] _events = Phrase.ParseAll(
        "there {2} saw the {5} in the {6} .",
        "{0} gave {1} the {4} .",
        "then {0} was {8} .",
        "{1} says the {5} is {7} .",
        "{0} has {9} {4} and {1} has {10} {11} .",
        "{1} is {3} friend .",
        "{2} put the {4} in the {12} .");

    private static readonly Phrase _ending = Phrase.Parse("then {0} went home .");
    private static readonly Phrase _listOpening = Phrase.Parse("{0} has {1} things :");
    private static readonly int _comma = Vocabulary.Id(",");
    private static readonly int _and = Vocabulary.Id("and");
    private static readonly int _stop = Vocabulary.Id(".");
    private static readonly int _they = Vocabulary.Id("they");
    private static readonly int[] _pronouns = [Vocabulary.Id("he"), Vocabulary.Id("she")];
    private static readonly int[] _possessives = [Vocabulary.Id("his"), Vocabulary.Id("her")];
    private static readonly int[] _feelings = [Vocabulary.Id("happy"), Vocabulary.Id("sad")];

    /// <summary>An opening, one to three events, and the way home.</summary>
    public static void Story(World world, Chance chance, Passage passage)
    {
        Span<int> people = stackalloc int[2];
        chance.Sample(Vocabulary.Names, people);
        var gender = Vocabulary.Men.Contains(people[0]) ? 0 : 1;
        var pronoun = _pronouns[gender];
        var rank = world.Meet(chance);
        ReadOnlySpan<int> slots =
        [
            people[0],
            people[1],
            pronoun,
            _possessives[gender],
            chance.Pick<int>(Vocabulary.Things),
            world.Entities[rank],
            world.Fact(rank, Relation.Place),
            world.Fact(rank, Relation.Color),
            chance.Pick<int>(_feelings),
            Vocabulary.Number(chance.Between(1, 12)),
            Vocabulary.Number(chance.Between(1, 12)),
            chance.Pick<int>(Vocabulary.Things),
            chance.Pick<int>(Vocabulary.Containers),
        ];

        passage.Add(chance.Pick<Phrase>(_openings), people[0], people[1], chance.Pick<int>(Vocabulary.Places));
        var events = new Phrase[chance.Between(1, 3)];
        chance.Sample<Phrase>(_events, events);
        foreach (var happening in events)
        {
            passage.Add(happening, slots);
        }

        passage.Add(_ending, chance.Pick<int>([people[0], pronoun, _they]));
    }

    /// <summary>"N has 3 things : a , b and c ."</summary>
    public static void List(World world, Chance chance, Passage passage)
    {
        var owner = chance.Pick<int>(Vocabulary.Names);
        Span<int> things = stackalloc int[chance.Between(2, 5)];
        chance.Sample(Vocabulary.Things, things);
        passage.Add(_listOpening, owner, Vocabulary.Number(things.Length));
        for (var i = 0; i < things.Length; i++)
        {
            if (i > 0)
            {
                passage.Add(i == things.Length - 1 ? _and : _comma);
            }

            passage.Add(things[i]);
        }

        passage.Add(_stop);
    }
}
