namespace Graft.Cli.Demo.Language;

/// <summary>One kind of fact about an entity, and how it is told, asked and completed.</summary>
/// <param name="Values">What the fact can be.</param>
/// <param name="Statements">Sentences; slot 0 is the entity, slot 1 the value.</param>
/// <param name="Question">Asks for the value; slot 0 is the entity.</param>
/// <param name="Opening">The beginning of a statement up to its value; slot 0 is the entity.</param>
internal sealed record Relation(int[] Values, Phrase[] Statements, Phrase Question, Phrase Opening)
{
    public static IReadOnlyList<Relation> All { get; } =
    [
        new(
            Vocabulary.Places,
            Phrase.ParseAll("the {0} lives in the {1} .", "the home of the {0} is the {1} ."),
            Phrase.Parse("where does the {0} live ?"),
            Phrase.Parse("the {0} lives in the")),
        new(
            Vocabulary.Foods,
            Phrase.ParseAll("the {0} eats {1} .", "the {0} likes to eat {1} ."),
            Phrase.Parse("what does the {0} eat ?"),
            Phrase.Parse("the {0} eats")),
        new(
            Vocabulary.Colors,
            Phrase.ParseAll("the {0} is {1} .", "the color of the {0} is {1} ."),
            Phrase.Parse("what color is the {0} ?"),
            Phrase.Parse("the {0} is")),
        new(
            Vocabulary.Weathers,
            Phrase.ParseAll("the {0} likes the {1} .", "a {0} is happy in the {1} ."),
            Phrase.Parse("what does the {0} like ?"),
            Phrase.Parse("the {0} likes the")),
    ];

    public const int Place = 0;
    public const int Color = 2;
}
